import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from "yaml";
import { type Environment, fillReferences, hideReferences, type Substituted } from "./environment.ts";
import { ConfigurationError, formatKey, type Place, type Problem } from "./problem.ts";

export type KeyPath = readonly PropertyKey[];

/** A parsed file: plain values with `${VAR}` filled in, and where each key stands. */
export interface ConfigurationDocument {
  readonly file: string;
  /** Integers are bigint, so that the attributes `1` and `1.0` stay different. */
  readonly value: unknown;
  /** Place of the nearest key at or above the path. */
  placeOf(path: KeyPath): Place;
  /** True where the value came from the environment: it is never printed. */
  isSecret(path: KeyPath): boolean;
}

/** Large configurations have thousands of values; aliases to aliases would make millions. */
const MAX_VALUES = 200_000;

/**
 * Parses YAML or JSON and fills in environment variables.
 * @param file as the user wrote it, for messages
 * @throws ConfigurationError with every syntax error, duplicate key and missing variable
 */
export function parseConfigurationText(
  text: string,
  file: string,
  environment: Environment,
): ConfigurationDocument {
  const lines = new LineCounter();
  const hidden = hideReferences(text);
  const document = parseDocument(hidden.text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    place: placeAt(error.pos[0]),
    key: "",
    message:
      error.code === "DUPLICATE_KEY" ? duplicateKey(text, error.pos[0]) : `not valid YAML: ${error.message}`,
  }));
  if (problems.length > 0) throw new ConfigurationError(problems);
  const reader = new DocumentReader(document, (scalar) =>
    fillReferences(scalar, hidden.references, environment),
  );
  const value = reader.read(document.contents, []);
  for (const { offset, key, message } of reader.problems)
    problems.push({ place: placeAt(offset), key, message });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    file,
    value: value ?? {},
    placeOf: (path) => placeAt(reader.offsetOf(path)),
    isSecret: (path) => reader.secrets.has(idOf(path)),
  };
}

function duplicateKey(text: string, start: number): string {
  const key = /^(?:"[^"]*"|'[^']*'|[^\s:]+)/.exec(text.slice(start, start + 200))?.[0] ?? "";
  return `the key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} is there twice; keep one`;
}

interface OffsetProblem {
  readonly offset: number;
  readonly key: string;
  readonly message: string;
}

/** Walks the syntax tree once: plain values, and where each of them stands. */
class DocumentReader {
  readonly secrets = new Set<string>();
  readonly problems: OffsetProblem[] = [];
  readonly #document: Document;
  readonly #fill: (scalar: string) => Substituted;
  readonly #offsets = new Map<string, number>();
  #values = 0;

  constructor(document: Document, fill: (scalar: string) => Substituted) {
    this.#document = document;
    this.#fill = fill;
  }

  offsetOf(path: KeyPath): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(idOf(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  read(node: unknown, path: KeyPath): unknown {
    this.#values += 1;
    if (this.#values > MAX_VALUES) {
      if (this.#values === MAX_VALUES + 1) this.#report(path, `more than ${MAX_VALUES} values`);
      return undefined;
    }
    if (isAlias(node)) return this.read(node.resolve(this.#document), path);
    if (isSeq(node))
      return node.items.map((item, position) => this.#readChild(item, item, [...path, position]));
    if (isMap(node)) return this.#readMap(node.items, path);
    return isScalar(node) ? this.#readScalar(node, path) : node;
  }

  #readMap(pairs: readonly { readonly key: unknown; readonly value: unknown }[], path: KeyPath): unknown {
    const entries = pairs.map(({ key, value }) => {
      const name = this.#fill(String(isScalar(key) ? (key.source ?? key.value) : key)).text;
      return [name, this.#readChild(key, value, [...path, name])] as const;
    });
    return Object.fromEntries(entries);
  }

  #readChild(placed: unknown, node: unknown, path: KeyPath): unknown {
    const start = (placed as { range?: readonly number[] | null } | null)?.range?.[0]; // every parsed node has a range
    if (start !== undefined) this.#offsets.set(idOf(path), start);
    return this.read(node, path);
  }

  #readScalar(node: Scalar, path: KeyPath): unknown {
    if (typeof node.value !== "string") return node.value;
    const { text, missing, isSubstituted } = this.#fill(node.value);
    for (const name of missing) this.#report(path, `the environment variable ${name} is not set`);
    if (!isSubstituted) return text;
    this.secrets.add(idOf(path));
    return node.type === Scalar.PLAIN ? plainValue(text) : text;
  }

  #report(path: KeyPath, message: string): void {
    this.problems.push({ offset: this.offsetOf(path), key: formatKey(path), message });
  }
}

/** An unquoted value from the environment counts as it would if it stood in the file. */
function plainValue(text: string): unknown {
  if (/^[-+]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
  if (/^[-+]?\d*\.\d+$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

function idOf(path: KeyPath): string {
  return JSON.stringify(path);
}
