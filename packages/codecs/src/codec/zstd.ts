import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { BytesToBytesCodec, CodecConfiguration, SizeLimit } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { boundedOutput } from "./bounded-output.ts";

/** Zstandard's ratio has no bound. Constant fields reach thousands; what passes this only costs a second buffer. */
const EXPECTED_RATIO = 4096;
const MIN_LEVEL = -131072;
const MAX_LEVEL = 22;

/** Zarr's `zstd` and numcodecs' `zstd`. */
export function createCodec(configuration: CodecConfiguration): BytesToBytesCodec {
  const reader = readConfiguration("zstd", configuration);
  const level = reader.integer("level", { min: MIN_LEVEL, max: MAX_LEVEL, default: 0 });
  const checksum = reader.boolean("checksum", false);
  return {
    kind: "bytes-to-bytes",
    encodedSize: () => undefined,
    encode: (bytes) => encodeZstd(bytes, level, checksum),
    decode: decodeZstd,
  };
}

/** One frame that holds the size of its content, without which numcodecs does not decode it. */
export function encodeZstd(bytes: Uint8Array, level: number, checksum = false): Uint8Array {
  const options = {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
    },
    pledgedSrcSize: bytes.length,
    chunkSize: Math.max(1024, Math.ceil(bytes.length / 2)), // the default of 16 KiB makes hundreds of buffers
  };
  return zstdCompressSync(bytes, options);
}

export function decodeZstd(bytes: Uint8Array, limit: SizeLimit): Uint8Array {
  return zstdDecompressSync(bytes, boundedOutput(bytes, limit, EXPECTED_RATIO));
}
