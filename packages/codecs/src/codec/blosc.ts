import { bytesPerElement } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, BytesToBytesCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { decodeBlosc } from "./blosc/decode.ts";
import { type BloscOptions, type BloscShuffle, encodeBlosc } from "./blosc/encode.ts";
import { BLOSC_COMPRESSORS, type BloscCompressor } from "./blosc/header.ts";

const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"] as const satisfies readonly BloscShuffle[];
/** What a header can say; larger elements are written as bytes. */
const MAX_TYPESIZE = 255;

/**
 * A Blosc 1 frame. Zarr v3 names the shuffle, numcodecs numbers it (-1: bits of one-byte types, else bytes).
 * @see Zarr v3 §blosc codec
 */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): BytesToBytesCodec {
  const options = parseOptions(configuration, bytesPerElement(layout.dtype) ?? 1);
  return {
    kind: "bytes-to-bytes",
    encodedSize: () => undefined,
    encode: (bytes) => encodeBlosc(bytes, options),
    decode: (bytes, limit) => decodeBlosc(bytes, limit),
  };
}

function parseOptions(configuration: CodecConfiguration, elementSize: number): BloscOptions {
  const reader = readConfiguration("blosc", configuration);
  const compressor = reader.string("cname", "lz4");
  if (!isCompressor(compressor)) {
    throw new GatewayError("unsupported", `codec blosc: no compressor "${compressor}" is known`);
  }
  const typesize = reader.integer("typesize", { min: 0, max: 0xffffffff, default: elementSize });
  return {
    compressor,
    level: reader.integer("clevel", { min: 0, max: 9, default: 5 }),
    shuffle: parseShuffle(configuration["shuffle"], typesize) ?? reader.fail("shuffle", SHUFFLES.join(", ")),
    typesize: typesize >= 1 && typesize <= MAX_TYPESIZE ? typesize : 1,
    blockSize: reader.integer("blocksize", { min: 0, max: 0x7fffffff, default: 0 }),
  };
}

function isCompressor(name: string): name is BloscCompressor {
  return (BLOSC_COMPRESSORS as readonly string[]).includes(name);
}

function parseShuffle(value: unknown, typesize: number): BloscShuffle | undefined {
  if (typeof value === "number" || typeof value === "bigint") {
    return value === -1 || value === -1n
      ? typesize === 1
        ? "bitshuffle"
        : "shuffle"
      : SHUFFLES[Number(value)];
  }
  return value === undefined ? "shuffle" : SHUFFLES.find((shuffle) => shuffle === value);
}
