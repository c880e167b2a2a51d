import { chunkCounts, linearIndex } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, type JsonValue } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import {
  damaged,
  documentKey,
  isJsonObject,
  type JsonObject,
  objectIn,
  parseObject,
  readDocument,
} from "../../zarr/read-document.ts";
import { isDocumentKey } from "../document-key.ts";
import { REFERENCE_LIMITS, type ReferenceLimits } from "../limits.ts";
import type { ReferenceSet } from "../reference.ts";
import { ReferenceFiles } from "./reference-files.ts";

const METADATA = ".zmetadata";

/**
 * A reference set in a folder: `.zmetadata`, and the references of each array in `{array}/refs.{n}.parq`, read when
 * they are asked for. Closing it closes the store.
 * @throws GatewayError unsupported when the folder is no such set, upstream when it is damaged
 */
export async function openParquetReferences(
  store: ByteStore,
  options: CallOptions & { readonly limits?: Partial<ReferenceLimits> } = {},
): Promise<ReferenceSet> {
  const limits = { ...REFERENCE_LIMITS, ...options.limits };
  const root = await readDocument(store, METADATA, options);
  const recordSize = Number(root?.value["record_size"]);
  if (!root || root.value["record_size"] === undefined) {
    throw new GatewayError(
      "unsupported",
      'not a reference set: the folder has no .zmetadata with a "record_size"',
    );
  }
  if (!Number.isSafeInteger(recordSize) || recordSize < 1)
    throw damaged(METADATA, '"record_size" is not a whole number from 1');
  const documents = documentsIn(objectIn(root.value, "metadata", METADATA));
  const files = new ReferenceFiles(store, limits);
  const counts = new Map<string, readonly number[] | undefined>();
  return {
    documents,
    version: root.digest.slice(0, 32),
    async find(key, call = {}) {
      const { array, index } = placeOf(key, documents, counts);
      if (array === undefined || index === undefined) return undefined;
      const chunk = linearIndex(counts.get(array) ?? [], index);
      if (!Number.isSafeInteger(chunk))
        throw damaged(METADATA, `"${array}" has more chunks than can be counted`);
      const file = documentKey(array, `refs.${Math.floor(chunk / recordSize)}.parq`);
      return files.find({ file, row: chunk % recordSize, key }, call);
    },
    async isCurrent(call = {}) {
      const now = await store.stat(METADATA, call);
      return now?.size === root.stat.size && now.version === root.stat.version;
    },
    close: async () => store.close?.(),
  };
}

function documentsIn(metadata: JsonObject): ReadonlyMap<string, JsonObject> {
  const documents = new Map<string, JsonObject>();
  for (const [key, document] of Object.entries(metadata)) {
    if (!isDocumentKey(key)) continue;
    if (typeof document === "string") documents.set(key, parseObject(Buffer.from(document), key));
    else if (isJsonObject(document)) documents.set(key, document);
    else throw damaged(METADATA, `"${key}" is not an object`);
  }
  if (documents.size === 0) throw damaged(METADATA, "it describes nothing");
  return documents;
}

/** The array that the key begins with, and the chunk that the rest of it names in any spelling: `0.1`, `0/1`, `c/0/1`. */
function placeOf(
  key: string,
  documents: ReadonlyMap<string, JsonObject>,
  known: Map<string, readonly number[] | undefined>,
): { readonly array?: string; readonly index?: readonly number[] | undefined } {
  for (let end = key.lastIndexOf("/"); ; end = key.lastIndexOf("/", end - 1)) {
    const array = key.slice(0, Math.max(end, 0));
    if (!known.has(array)) known.set(array, countsOf(array, documents));
    const counts = known.get(array);
    if (counts) return { array, index: indexIn(key.slice(end + 1), counts) };
    if (end <= 0) return {};
  }
}

function indexIn(text: string, counts: readonly number[]): readonly number[] | undefined {
  const numbers = text
    .split(/[/.]/)
    .filter((part) => part !== "c")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  // the only chunk of an array without dimensions is "0"
  if (counts.length === 0) return numbers.every((number) => number === 0) ? [] : undefined;
  const isInside =
    numbers.length === counts.length && numbers.every((number, axis) => number < (counts[axis] ?? 0));
  return isInside ? numbers : undefined;
}

/** Chunks along each dimension, undefined where no array is at the path or its shape cannot be read. */
function countsOf(path: string, documents: ReadonlyMap<string, JsonObject>): readonly number[] | undefined {
  const v2 = documents.get(documentKey(path, ".zarray"));
  const v3 = documents.get(documentKey(path, "zarr.json"));
  const grid = v3?.["chunk_grid"];
  const settings = isJsonObject(grid) ? grid["configuration"] : undefined;
  const shape = lengthsIn((v2 ?? v3)?.["shape"]);
  const chunkShape = lengthsIn(
    v2 ? v2["chunks"] : isJsonObject(settings) ? settings["chunk_shape"] : undefined,
  );
  if (!shape || shape.length !== chunkShape?.length) return undefined;
  return chunkCounts({ shape, chunkShape: chunkShape.map((length) => Math.max(1, length)) });
}

function lengthsIn(value: JsonValue | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const lengths = value.map(Number);
  return lengths.every((length) => Number.isSafeInteger(length) && length >= 0) ? lengths : undefined;
}
