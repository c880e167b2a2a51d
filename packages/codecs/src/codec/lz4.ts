import { GatewayError } from "@zarr-gateway/primitives";
import { compressSync, uncompressSync } from "lz4-napi";
import type { BytesToBytesCodec, SizeLimit } from "../codec.ts";

const PREFIX_BYTES = 4;
/** A byte of LZ4 stands for at most 255 bytes. */
const MAX_RATIO = 255;

/** numcodecs' `lz4`: the decoded size as uint32, then one LZ4 block. The acceleration is a choice of the writer. */
export function createCodec(): BytesToBytesCodec {
  return {
    kind: "bytes-to-bytes",
    encodedSize: () => undefined,
    encode: (bytes) => compressSync(asBuffer(bytes)),
    decode(bytes, limit) {
      if (bytes.length < PREFIX_BYTES) throw new GatewayError("upstream", "LZ4 data end before their size");
      const declared = asBuffer(bytes).readUInt32LE(0);
      checkDeclaredSize(declared, bytes.length, limit);
      const decoded = uncompressSync(bytes);
      if (decoded.length !== declared) {
        throw new GatewayError("upstream", `LZ4 data have ${decoded.length} bytes, they declare ${declared}`);
      }
      return decoded;
    },
  };
}

function checkDeclaredSize(declared: number, stored: number, limit: SizeLimit): void {
  if (declared > limit.maxBytes || declared > stored * MAX_RATIO) {
    throw new GatewayError(
      "upstream",
      `LZ4 data declare ${declared} bytes, at most ${limit.maxBytes} were expected`,
    );
  }
}

/** One LZ4 block that decodes to `size` bytes, as it stands inside other formats. */
export function decodeLz4Block(block: Uint8Array, size: number): Uint8Array {
  if (size > block.length * MAX_RATIO)
    throw new GatewayError("upstream", "an LZ4 block is too short for its size");
  const prefixed = Buffer.allocUnsafe(PREFIX_BYTES + block.length);
  prefixed.writeUInt32LE(size, 0);
  prefixed.set(block, PREFIX_BYTES);
  return uncompressSync(prefixed);
}

/** The block alone, without the size in front. */
export function encodeLz4Block(bytes: Uint8Array): Uint8Array {
  return compressSync(asBuffer(bytes)).subarray(PREFIX_BYTES);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
