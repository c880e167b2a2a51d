import { createHash } from "node:crypto";
import {
  type CallOptions,
  GatewayError,
  isGatewayError,
  type JsonValue,
  messageOf,
  parseJson,
} from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore } from "@zarr-gateway/stores";

export type JsonObject = { readonly [key: string]: JsonValue };

/** A metadata document as it was read. */
export interface ZarrDocument {
  readonly key: string;
  readonly value: JsonObject;
  readonly stat: ByteStat;
  /** Hash of the bytes and of what the store says of their version. */
  readonly digest: string;
}

/** Consolidated metadata of the largest stores seen is a few MiB; parsed it takes some ten times its size. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

/**
 * A JSON object of a store; undefined when there is none.
 * @throws GatewayError upstream, naming the key, when it is not a JSON object
 */
export async function readDocument(
  store: ByteStore,
  key: string,
  options: CallOptions,
): Promise<ZarrDocument | undefined> {
  const found = await readBounded(store, key, options);
  if (!found) return undefined;
  const { bytes, stat } = found;
  const digest = createHash("sha256")
    .update(bytes)
    .update(`\n${stat.version ?? ""}`)
    .digest("hex");
  return { key, value: parseObject(bytes, key), stat, digest };
}

/** At a key below a folder, "" being the root. */
export function documentKey(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for 2 and 2.0 alike. */
export function isVersion(value: JsonValue | undefined, version: number): boolean {
  return (typeof value === "bigint" || typeof value === "number") && Number(value) === version;
}

/** @throws GatewayError upstream when something else than an object stands there */
export function objectIn(document: JsonObject, name: string, key: string): JsonObject {
  const value = document[name];
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw damaged(key, `"${name}" is not an object`);
}

export function damaged(key: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream", `the metadata in "${key}" is damaged: ${problem}`, { key }, cause);
}

async function readBounded(
  store: ByteStore,
  key: string,
  { signal }: CallOptions,
): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
  // one byte more than allowed tells whether there is more, also where the store does not know the size before
  const options = { range: { offset: 0, length: MAX_DOCUMENT_BYTES + 1 }, signal };
  const found = store.getWithStat
    ? await store.getWithStat(key, options)
    : await readInTwo(store, key, options);
  if (found && found.bytes.length > MAX_DOCUMENT_BYTES) {
    throw new GatewayError("unsupported", `"${key}" is longer than ${MAX_DOCUMENT_BYTES} bytes`, { key });
  }
  return found;
}

async function readInTwo(
  store: ByteStore,
  key: string,
  options: Parameters<ByteStore["get"]>[1],
): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
  const stat = await store.stat(key, options);
  const bytes = stat && (await store.get(key, options));
  return stat && bytes && { bytes, stat };
}

/** @throws GatewayError upstream, naming the key, when it is not a JSON object */
export function parseObject(bytes: Uint8Array, key: string): JsonObject {
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (isGatewayError(error)) throw error;
    throw damaged(key, bytes.length === 0 ? "it is empty" : `it is not JSON (${messageOf(error)})`, error);
  }
  throw damaged(key, "it is not a JSON object");
}
