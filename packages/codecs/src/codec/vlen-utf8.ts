import { elementCount, isStringValues } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToBytesCodec, CodecConfiguration } from "../codec.ts";

/** numcodecs' layout: uint32 number of strings, then for each uint32 length in bytes and UTF-8. */
export function createCodec(_configuration: CodecConfiguration, layout: ArrayLayout): ArrayToBytesCodec {
  if (layout.dtype !== "string") {
    throw new GatewayError("upstream", `codec vlen-utf8 holds strings, not ${layout.dtype}`);
  }
  const count = elementCount(layout.shape);
  return {
    kind: "array-to-bytes",
    encodedSize: undefined,
    encode(values) {
      if (!isStringValues(values)) throw new GatewayError("internal", "codec vlen-utf8 was given numbers");
      return encodeStrings(values);
    },
    decode: (bytes) => decodeStrings(bytes, count),
  };
}

function encodeStrings(values: readonly string[]): Uint8Array {
  const size = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 4);
  const result = Buffer.alloc(size);
  let at = result.writeUInt32LE(values.length, 0);
  for (const value of values) {
    const length = result.write(value, at + 4);
    result.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return result;
}

function decodeStrings(bytes: Uint8Array, count: number): readonly string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = buffer.length < 4 ? 0 : buffer.readUInt32LE(0);
  if (declared !== count || buffer.length < 4 + 4 * count) {
    throw new GatewayError("upstream", `the chunk holds ${declared} strings, ${count} were expected`);
  }
  const values = new Array<string>(count);
  let at = 4;
  for (let position = 0; position < count; position += 1) {
    const length = at + 4 <= buffer.length ? buffer.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    const end = at + 4 + length;
    if (end > buffer.length) throw new GatewayError("upstream", `string ${position} reaches past its chunk`);
    values[position] = buffer.toString("utf8", at + 4, end);
    at = end;
  }
  return values;
}
