import {
  type DescribeVariable,
  type DocumentName,
  documentsV2,
  formatArrayV2,
  formatConsolidatedV2,
  GROUP_V2,
  type JsonObject,
} from "@zarr-gateway/codecs";
import { type Dataset, groupAt, type Variable, walkGroups } from "@zarr-gateway/dataset";
import { type DirectoryListing, jsonResource, type Resource } from "@zarr-gateway/http";
import { formatJson } from "@zarr-gateway/primitives";
import { type RawVariable, rawVariableOf } from "./raw-variable.ts";

/** The store of one open dataset's stored chunks. */
export interface RawDataset {
  readonly cacheControl: string;
  /** Why there is no store at all: no variable can be published so. */
  readonly refusal: string | undefined;
  /** The variable, a sentence why it is not published, or undefined where there is none. */
  variable(path: readonly string[]): RawVariable | string | undefined;
  document(path: readonly string[], name: DocumentName): Resource | undefined;
  listing(path: readonly string[]): DirectoryListing | undefined;
}

export function createRawDataset(root: Dataset): RawDataset {
  const known = new Map<Variable, RawVariable | string>();
  const rawOf = (variable: Variable, name: string): RawVariable | string => {
    const raw = known.get(variable) ?? rawVariableOf(variable, name);
    known.set(variable, raw);
    return raw;
  };
  const describe: DescribeVariable = (variable, name) => {
    const raw = rawOf(variable, name);
    return typeof raw === "string" ? undefined : raw.description;
  };
  const variables = [...walkGroups(root)].flatMap(([path, group]) =>
    [...group.variables].map(([name, variable]) => ({ path: [...path, name], raw: rawOf(variable, name) })),
  );
  const refusals = variables
    .filter(({ raw }) => typeof raw === "string")
    .map(({ path, raw }) => `/${path.join("/")}: ${String(raw)}`);
  const documents = new Map<string, string>();
  const cacheControl = root.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  return {
    cacheControl,
    refusal:
      refusals.length > 0 && refusals.length === variables.length
        ? `this dataset has no stored chunks that Zarr v2 can describe; ${refusals[0]}`
        : undefined,
    variable(path) {
      const variable = groupAt(root, path.slice(0, -1))?.variables.get(path.at(-1) ?? "");
      return variable && rawOf(variable, variable.name);
    },
    document(path, name) {
      const key = [...path, name].join("/");
      const content = documents.get(key) ?? formatted(formatDocument(root, path, name, describe));
      if (content === undefined) return undefined;
      documents.set(key, content);
      return jsonResource(content, { cacheControl });
    },
    listing: (path) => listNode(root, path, { describe, refusals }),
  };
}

function formatted(content: JsonObject | undefined): string | undefined {
  return content && formatJson(content);
}

function formatDocument(
  root: Dataset,
  path: readonly string[],
  name: DocumentName,
  describe: DescribeVariable,
): JsonObject | undefined {
  const group = groupAt(root, path);
  if (name === ".zgroup") return group && GROUP_V2;
  if (name === ".zmetadata") return group && formatConsolidatedV2(documentsV2(group, describe));
  if (group) return name === ".zattrs" ? group.attrs : undefined;
  const variableName = path.at(-1) ?? "";
  const variable = groupAt(root, path.slice(0, -1))?.variables.get(variableName);
  const description = variable && describe(variable, variableName);
  if (!description) return undefined;
  const { zarray, zattrs } = formatArrayV2(description);
  return name === ".zarray" ? zarray : name === ".zattrs" ? zattrs : undefined;
}

function listNode(
  root: Dataset,
  path: readonly string[],
  { describe, refusals }: { readonly describe: DescribeVariable; readonly refusals: readonly string[] },
): DirectoryListing | undefined {
  const title = `/${path.join("/")}`;
  const notes = { heading: "Not published here", lines: refusals };
  const group = groupAt(root, path);
  if (!group) {
    const variable = groupAt(root, path.slice(0, -1))?.variables.get(path.at(-1) ?? "");
    return variable && { title, entries: [".zarray", ".zattrs"] };
  }
  const published = [...group.variables].filter(([name, variable]) => describe(variable, name) !== undefined);
  const children = [...group.groups.keys(), ...published.map(([name]) => name)].map((name) => `${name}/`);
  return { title, entries: [".zgroup", ".zattrs", ".zmetadata", ...children], notes };
}
