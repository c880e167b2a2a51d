import type { ChunkIndex } from "@zarr-gateway/dataset";

export type ZarrFormat = "v3" | "v2";
export type DocumentName = "zarr.json" | ".zgroup" | ".zarray" | ".zattrs" | ".zmetadata";

/** What a text below a store can mean. Paths are names of groups and at last of a group or variable. */
export type ZarrKey =
  | { readonly kind: "document"; readonly path: readonly string[]; readonly name: DocumentName }
  | {
      readonly kind: "chunk";
      readonly path: readonly string[];
      readonly index: ChunkIndex;
      readonly format: ZarrFormat;
    }
  | { readonly kind: "node"; readonly path: readonly string[] };

const DOCUMENTS: ReadonlySet<string> = new Set<DocumentName>([
  "zarr.json",
  ".zgroup",
  ".zarray",
  ".zattrs",
  ".zmetadata",
]);
const CANONICAL = /^(?:0|[1-9]\d*)$/;
/** Forms of a path on some system: never part of a name here. */
const SYSTEM_PATH = /[\\\0/]|^\.{0,2}$|^[A-Za-z]:$/;

/**
 * The readings of a percent-encoded path below a store, likeliest first: `0` may be the chunk of a scalar or a variable
 * of that name, only the dataset can tell. None where the text is not a key of any store: traversal in all encodings,
 * empty segments, drive letters, numbers that are not canonical.
 * @param text without a leading slash; a slash at the end asks for a listing and nothing else
 */
export function parseZarrKey(text: string, formats: readonly ZarrFormat[]): readonly ZarrKey[] {
  const isFolder = text === "" || text.endsWith("/");
  const path = decodeSegments(isFolder ? text.slice(0, -1) : text);
  if (path === undefined) return [];
  if (isFolder) return [{ kind: "node", path }];
  const name = path.at(-1) ?? "";
  if (isDocumentName(name)) return [{ kind: "document", path: path.slice(0, -1), name }];
  const chunks = formats.map((format) => (format === "v3" ? chunkV3(path) : chunkV2(path)));
  return [...chunks.filter((key) => key !== undefined), { kind: "node", path }];
}

function isDocumentName(name: string): name is DocumentName {
  return DOCUMENTS.has(name);
}

function decodeSegments(text: string): string[] | undefined {
  if (text === "") return [];
  const segments: string[] = [];
  for (const encoded of text.split("/")) {
    const segment = encoded.includes("%") ? decode(encoded) : encoded;
    if (segment === undefined || SYSTEM_PATH.test(segment)) return undefined;
    segments.push(segment);
  }
  return segments;
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // not UTF-8, or a percent sign without digits
  }
}

/** `tas/c/0/1`; a scalar's only chunk is `tas/c`. */
function chunkV3(path: readonly string[]): ZarrKey | undefined {
  let at = path.length;
  while (at > 0 && CANONICAL.test(path[at - 1] ?? "")) at -= 1;
  return path[at - 1] === "c" ? chunk(path.slice(0, at - 1), path.slice(at), "v3") : undefined;
}

/** `tas/0.1`; a scalar's only chunk is `tas/0`, which the variable's rank tells apart from a first chunk. */
function chunkV2(path: readonly string[]): ZarrKey | undefined {
  return chunk(path.slice(0, -1), (path.at(-1) ?? "").split("."), "v2");
}

function chunk(
  path: readonly string[],
  positions: readonly string[],
  format: ZarrFormat,
): ZarrKey | undefined {
  const index = positions.map((position) => (CANONICAL.test(position) ? Number(position) : Number.NaN));
  return index.every(Number.isSafeInteger) ? { kind: "chunk", path, index, format } : undefined;
}

/** The index in the array's own rank: a scalar's chunk is spelled `0` in Zarr v2. */
export function chunkIndexOf(index: ChunkIndex, format: ZarrFormat, rank: number): ChunkIndex {
  return format === "v2" && rank === 0 && index.length === 1 && index[0] === 0 ? [] : index;
}
