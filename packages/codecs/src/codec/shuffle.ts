import type { BytesToBytesCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { shuffledBytes, unshuffledBytes } from "./byte-shuffle.ts";

/** HDF5's shuffle filter and numcodecs' `shuffle`. */
export function createCodec(configuration: CodecConfiguration): BytesToBytesCodec {
  const reader = readConfiguration("numcodecs.shuffle", configuration);
  const elementSize = reader.integer("elementsize", { min: 0, max: 0xffffffff, default: 4 });
  const isIdentity = elementSize <= 1;
  return {
    kind: "bytes-to-bytes",
    encodedSize: (size) => size,
    encode: (bytes) => (isIdentity ? bytes : shuffledBytes(bytes, elementSize)),
    decode: (bytes) => (isIdentity ? bytes : unshuffledBytes(bytes, elementSize)),
  };
}
