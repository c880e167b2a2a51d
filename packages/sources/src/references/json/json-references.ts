import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { type CallOptions, GatewayError, messageOf } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";
import { REFERENCE_LIMITS, type ReferenceLimits } from "../limits.ts";
import {
  damagedSet,
  inlineReference,
  type Reference,
  type ReferenceSet,
  targetReference,
} from "../reference.ts";
import { parseReferenceJson } from "./parse-reference-json.ts";

const ZSTD_MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
const decompress = promisify(zstdDecompress);

/**
 * A reference set in a JSON file, compressed with zstd or not; closing it closes the file.
 * @throws GatewayError unsupported when it is some other JSON or too large, upstream when it is damaged
 */
export async function openJsonReferences(
  access: RandomAccess,
  options: CallOptions & { readonly limits?: Partial<ReferenceLimits> } = {},
): Promise<ReferenceSet> {
  const limits = { ...REFERENCE_LIMITS, ...options.limits };
  const bytes = await readContent(access, limits.maxJsonBytes, options);
  const parsed = parseReferenceJson(decodeText(bytes), limits);
  return {
    documents: parsed.documents,
    version: createHash("sha256")
      .update(bytes)
      .update(`\n${access.version ?? ""}`)
      .digest("hex")
      .slice(0, 32),
    // VirtualiZarr gives the only chunk of an array without dimensions a key without a name
    find: async (key) =>
      referenceOf(
        key,
        parsed.entry(key) ?? (key.endsWith("/0") ? parsed.entry(key.slice(0, -1)) : undefined),
      ),
    ...(access.isCurrent && { isCurrent: access.isCurrent }),
    ...(access.close && { close: access.close }),
  };
}

async function readContent(
  access: RandomAccess,
  maxBytes: number,
  options: CallOptions,
): Promise<Uint8Array> {
  if (access.size > maxBytes) throw tooLarge(maxBytes);
  const bytes = await access.read(0, access.size, options);
  if (Buffer.compare(bytes.subarray(0, ZSTD_MAGIC.length), ZSTD_MAGIC) !== 0) return bytes;
  try {
    return await decompress(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw damagedSet(`it cannot be decompressed (${messageOf(error)})`, error);
  }
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError(
    "unsupported",
    `the reference set has more than ${maxBytes} bytes: write it as Parquet, which is read in parts`,
  );
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw damagedSet("it is not UTF-8", error);
  }
}

/** @throws GatewayError upstream when it is nothing that a reference can be */
function referenceOf(key: string, entry: unknown): Reference | undefined {
  if (entry === undefined || entry === null) return undefined;
  if (typeof entry === "string") return inlineReference(entry);
  if (Array.isArray(entry) && typeof entry[0] === "string") {
    const [target, offset, length] = entry as [string, unknown, unknown]; // the first was checked one line above
    if (entry.length === 1) return { kind: "target", target };
    if (entry.length === 3 && isNumber(offset) && isNumber(length))
      return targetReference(key, target, Number(offset), Number(length));
  }
  const message = `the reference "${key}" is neither text nor [url] nor [url, offset, length]`;
  throw new GatewayError("upstream", message, { key });
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
