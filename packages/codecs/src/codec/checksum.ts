import { crc32 } from "node:zlib";
import { crc32c } from "@node-rs/crc32";
import { GatewayError } from "@zarr-gateway/primitives";
import type { BytesToBytesCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { adler32, fletcher32, jenkinsLookup3 } from "./checksum-functions.ts";

const CHECKSUM_BYTES = 4;

/** Zarr's `crc32c`: Castagnoli's checksum at the end. numcodecs' variant may put it in front. */
export function createCrc32c(configuration: CodecConfiguration): BytesToBytesCodec {
  return checksumCodec("crc32c", locationOf("crc32c", configuration, "end"), (bytes) => crc32c(bytes));
}

export function createCrc32(configuration: CodecConfiguration): BytesToBytesCodec {
  return checksumCodec("crc32", locationOf("numcodecs.crc32", configuration, "start"), (bytes) =>
    crc32(bytes),
  );
}

export function createAdler32(configuration: CodecConfiguration): BytesToBytesCodec {
  return checksumCodec("adler32", locationOf("numcodecs.adler32", configuration, "start"), adler32);
}

/** HDF5's filter, and numcodecs' codec of the same bytes. */
export function createFletcher32(): BytesToBytesCodec {
  return checksumCodec("fletcher32", "end", fletcher32);
}

export function createJenkinsLookup3(configuration: CodecConfiguration): BytesToBytesCodec {
  const reader = readConfiguration("numcodecs.jenkins_lookup3", configuration);
  const seed = reader.integer("initval", { min: 0, max: 0xffffffff, default: 0 });
  if (configuration["prefix"] != null) {
    throw new GatewayError("unsupported", "codec numcodecs.jenkins_lookup3: a prefix is not supported");
  }
  return checksumCodec("jenkins_lookup3", "end", (bytes) => jenkinsLookup3(bytes, seed));
}

type Location = "start" | "end";

function locationOf(codec: string, configuration: CodecConfiguration, byDefault: Location): Location {
  const reader = readConfiguration(codec, configuration);
  const location = reader.string("location", byDefault);
  return location === "start" || location === "end" ? location : reader.fail("location", '"start" or "end"');
}

function checksumCodec(
  name: string,
  location: Location,
  checksum: (bytes: Uint8Array) => number,
): BytesToBytesCodec {
  const isAtStart = location === "start";
  return {
    kind: "bytes-to-bytes",
    encodedSize: (size) => size + CHECKSUM_BYTES,
    encode(bytes) {
      const result = new Uint8Array(bytes.length + CHECKSUM_BYTES);
      result.set(bytes, isAtStart ? CHECKSUM_BYTES : 0);
      new DataView(result.buffer).setUint32(isAtStart ? 0 : bytes.length, checksum(bytes), true);
      return result;
    },
    decode(bytes) {
      const size = bytes.length - CHECKSUM_BYTES;
      if (size < 0) throw new GatewayError("upstream", `${name}: the data are shorter than their checksum`);
      const content = isAtStart ? bytes.subarray(CHECKSUM_BYTES) : bytes.subarray(0, size);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (view.getUint32(isAtStart ? 0 : size, true) !== checksum(content)) {
        throw new GatewayError("upstream", `${name}: the checksum does not match the data`);
      }
      return content;
    },
  };
}
