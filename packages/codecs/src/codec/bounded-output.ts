import type { SizeLimit } from "../codec.ts";

/** Room for the end of a stream to be noticed without a second buffer. */
const SLACK_BYTES = 64;
const MIN_CHUNK_BYTES = 1024;

/**
 * Options of node:zlib that stop a decompression bomb at the limit and normally give one buffer.
 * @param maxRatio what the format can reach at most: the first buffer is not larger than the input could fill
 */
export function boundedOutput(
  bytes: Uint8Array,
  limit: SizeLimit,
  maxRatio: number,
): { readonly maxOutputLength: number; readonly chunkSize: number } {
  const reachable = Math.min(limit.maxBytes, bytes.length * maxRatio);
  return {
    maxOutputLength: Math.max(1, limit.maxBytes),
    chunkSize: Math.max(MIN_CHUNK_BYTES, reachable + SLACK_BYTES),
  };
}
