import { GatewayError, isGatewayError, type JsonValue, messageOf, parseJson } from "@zarr-gateway/primitives";
import { damaged, isJsonObject, type JsonObject } from "../../zarr/read-document.ts";
import { isDocumentKey } from "../document-key.ts";
import { damagedSet } from "../reference.ts";
import { expandGenerators, isMap } from "./expand-generators.ts";
import { renderTemplate, type TemplateNames } from "./template.ts";

/** A JSON reference set after parsing: what stands under each key, templates rendered, not yet judged. */
export interface ParsedReferences {
  readonly documents: ReadonlyMap<string, JsonObject>;
  /** Text, or a list of an address and, unless the whole file is meant, an offset and a length. */
  entry(key: string): unknown;
}

export interface ParseReferencesOptions {
  readonly maxGenerated: number;
}

type Entries = Record<string, unknown>;

/**
 * A reference set in JSON, version 0 (nothing but the map of references) or 1.
 * @throws GatewayError unsupported when it is some other JSON, upstream when it is damaged
 */
export function parseReferenceJson(text: string, options: ParseReferencesOptions): ParsedReferences {
  const { entries, isVersion1, root } = entriesIn(parseStandard(text));
  const templates = isVersion1 ? templatesIn(root["templates"]) : new Map<never, never>();
  shareTargets(entries, templates);
  const generated = new Map<string, unknown>(
    isVersion1 ? expandGenerators(root["gen"], templates, options.maxGenerated) : [],
  );
  const documents = documentsIn(entries, () => exactEntries(text, isVersion1));
  if (documents.size === 0) {
    throw new GatewayError(
      "unsupported",
      "the JSON document is no reference set: no key of it is one of Zarr metadata",
    );
  }
  return {
    documents,
    entry: (key) => generated.get(key) ?? (Object.hasOwn(entries, key) ? entries[key] : undefined),
  };
}

/** Offsets are below 2^53, so the fast parser will do; Python's NaN needs the other one. */
function parseStandard(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    try {
      if (/NaN|Infinity/.test(text)) return parseJson(text);
    } catch {
      // the first error says as much
    }
    throw damagedSet(text === "" ? "it is empty" : `it is not JSON (${messageOf(error)})`, error);
  }
}

function entriesIn(root: unknown): {
  readonly root: Readonly<Entries>;
  readonly entries: Entries;
  readonly isVersion1: boolean;
} {
  if (!isMap(root)) throw new GatewayError("unsupported", "the JSON document is no reference set: no object");
  const version = root["version"];
  if (version === undefined) return { root, entries: root, isVersion1: false }; // parsed here, nobody else has it
  if (typeof version !== "number" && typeof version !== "bigint") throw damagedSet('"version" is no number');
  if (Number(version) !== 1)
    throw new GatewayError("unsupported", `reference sets have version 0 or 1, not ${version}`);
  if (!isMap(root["refs"])) throw damagedSet('"refs" is not an object');
  return { root, entries: root["refs"], isVersion1: true };
}

function templatesIn(value: unknown): TemplateNames {
  if (value === undefined || value === null) return new Map();
  if (!isMap(value)) throw damagedSet('"templates" is not an object');
  return new Map(
    Object.entries(value).map(([name, template]) => {
      if (typeof template !== "string") throw damagedSet(`the template "${name}" is not text`);
      return [name, template.includes("{{") ? { template } : template];
    }),
  );
}

/** Renders each address once and lets all references to it hold the same text: there may be millions. */
function shareTargets(entries: Readonly<Entries>, templates: TemplateNames): void {
  const shared = new Map<string, string>();
  for (const key of Object.keys(entries)) {
    const entry = entries[key];
    if (!Array.isArray(entry) || typeof entry[0] !== "string") continue;
    let target = shared.get(entry[0]);
    if (target === undefined) {
      target = templates.size > 0 ? renderTemplate(entry[0], templates) : entry[0];
      shared.set(entry[0], target);
    }
    entry[0] = target;
  }
}

/** @param exact the same entries with integers and floating-point numbers told apart */
function documentsIn(entries: Readonly<Entries>, exact: () => JsonObject): ReadonlyMap<string, JsonObject> {
  const documents = new Map<string, JsonObject>();
  let exactEntries: JsonObject | undefined;
  for (const key of Object.keys(entries)) {
    if (!isDocumentKey(key)) continue;
    const entry = entries[key];
    if (entry === null) continue;
    if (typeof entry === "string") {
      documents.set(key, parseDocument(key, entry));
      continue;
    }
    exactEntries ??= exact();
    const document = exactEntries[key];
    if (!isJsonObject(document)) throw damaged(key, "it is neither an object nor the text of one");
    documents.set(key, document);
  }
  return documents;
}

function exactEntries(text: string, isVersion1: boolean): JsonObject {
  const root = parseJson(text) as JsonObject; // the same text has been parsed as an object before
  return isVersion1 ? (root["refs"] as JsonObject) : root;
}

function parseDocument(key: string, entry: string): JsonObject {
  const text = entry.startsWith("base64:") ? Buffer.from(entry.slice(7), "base64").toString("utf8") : entry;
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    if (isGatewayError(error)) throw error;
    throw damaged(key, `it is not JSON (${messageOf(error)})`, error);
  }
  if (isJsonObject(value)) return value;
  throw damaged(key, "it is not a JSON object");
}
