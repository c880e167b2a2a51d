import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import type { BytesToBytesCodec, CodecConfiguration, SizeLimit } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { boundedOutput } from "./bounded-output.ts";

/** The best that deflate can do, so that small input cannot make us allocate more than it could ever fill. */
export const MAX_DEFLATE_RATIO = 1032;

/** Zarr's `gzip` and numcodecs' `gzip`: the same bytes. */
export function createGzip(configuration: CodecConfiguration): BytesToBytesCodec {
  const level = readConfiguration("gzip", configuration).integer("level", { min: 0, max: 9, default: 5 });
  return compressor(
    (bytes) => gzipSync(bytes, { level, chunkSize: outputChunk(bytes) }),
    (bytes, limit) => gunzipSync(bytes, boundedOutput(bytes, limit, MAX_DEFLATE_RATIO)),
  );
}

/** numcodecs' `zlib`, which is also what HDF5's deflate filter writes. */
export function createZlib(configuration: CodecConfiguration): BytesToBytesCodec {
  const reader = readConfiguration("numcodecs.zlib", configuration);
  const level = reader.integer("level", { min: -1, max: 9, default: 1 });
  return compressor(
    (bytes) => deflateSync(bytes, { level, chunkSize: outputChunk(bytes) }),
    (bytes, limit) => inflateSync(bytes, boundedOutput(bytes, limit, MAX_DEFLATE_RATIO)),
  );
}

/** Node's default of 16 KiB makes hundreds of small buffers of one chunk. */
function outputChunk(bytes: Uint8Array): number {
  return Math.max(1024, Math.ceil(bytes.length / 2));
}

function compressor(
  encode: (bytes: Uint8Array) => Uint8Array,
  decode: (bytes: Uint8Array, limit: SizeLimit) => Uint8Array,
): BytesToBytesCodec {
  return { kind: "bytes-to-bytes", encodedSize: () => undefined, encode, decode };
}
