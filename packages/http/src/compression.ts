import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import { type ByteCache, createByteCache } from "@zarr-gateway/primitives";
import type { ContentCoding } from "./accept.ts";

/** Below one network packet there is nothing to win. */
const MIN_BYTES = 1024;
/** Above it compressing would take longer than most clients save. */
const MAX_BYTES = 64 * 1024 * 1024;
/** From here on speed counts more than size. */
const LARGE_BYTES = 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;

const asyncBrotli = promisify(brotliCompress);
const asyncGzip = promisify(gzip);
const asyncZstd = promisify(zstdCompress);

/** False only where the size is known to be too small or too large. */
export function isWorthCompressing(size: number | undefined): boolean {
  return size === undefined || (size >= MIN_BYTES && size <= MAX_BYTES);
}

/** Compresses on zlib's threads, not on the event loop. */
export function compress(bytes: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  const isLarge = bytes.length > LARGE_BYTES;
  switch (coding) {
    case "br":
      return asyncBrotli(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: isLarge ? 3 : 5,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      });
    case "zstd":
      return asyncZstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    case "gzip":
      return asyncGzip(bytes, { level: isLarge ? 4 : 6 });
    default:
      return coding satisfies never;
  }
}

let cache: ByteCache | undefined;

/** Compressed documents, bounded; made at the first use so that importing does no work. */
export function compressedDocuments(): ByteCache {
  cache ??= createByteCache(CACHE_BYTES);
  return cache;
}
