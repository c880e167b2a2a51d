import { constants as zlib, zstdDecompressSync } from "node:zlib";

/** What a set begins with is enough to tell it from other JSON; one block of zstd has 128 KiB at most. */
export const REFERENCES_HEAD_BYTES = 160 * 1024;

const VERSION_1 = /^\s*\{\s*"(version"\s*:\s*1\s*[,}]|refs"\s*:\s*\{|templates"\s*:\s*\{|gen"\s*:\s*\[)/;
/** Keys of version 0; another document may speak of them, but not as its own members with Zarr metadata below. */
const VERSION_0 = /^\s*\{[\s\S]*"([^"\\]*\/)?(\.z(group|array|attrs|metadata)|zarr\.json)"\s*:/;
const ZSTD_MAGIC = 0xfd2fb528;
const MAX_DECOMPRESSED = 4 * 1024 * 1024;

/**
 * Whether a JSON file, compressed with zstd or not, is a reference set: judged by its first bytes, no promise that it
 * can be opened.
 * @param head at most `REFERENCES_HEAD_BYTES`
 */
export function looksLikeReferences(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const plain = bytes.length >= 4 && bytes.readUInt32LE(0) === ZSTD_MAGIC ? decompressedHead(bytes) : bytes;
  const text = plain?.toString("latin1") ?? "";
  return VERSION_1.test(text) ? /"(refs|gen|templates)"\s*:/.test(text) : VERSION_0.test(text);
}

/** The better it was compressed, the less of it is needed. */
function decompressedHead(bytes: Buffer): Buffer | undefined {
  for (const length of [REFERENCES_HEAD_BYTES, 16 * 1024, 2 * 1024]) {
    try {
      // the rest of the frame is not there: what can be made of its beginning
      const options = { finishFlush: zlib.ZSTD_e_flush, maxOutputLength: MAX_DECOMPRESSED };
      return zstdDecompressSync(bytes.subarray(0, length), options);
    } catch {}
  }
  return undefined;
}
