import { type BinaryValues, bytesOfValues, isStringValues, valuesOverBytes } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";

const MANTISSA_BITS: Readonly<Record<string, number>> = { float16: 10, float32: 23, float64: 52 };

/** numcodecs' `bitround`: rounds the mantissa, half to even, so that its last bits are zeros. Reading changes nothing. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const bits = MANTISSA_BITS[layout.dtype];
  if (bits === undefined || layout.dtype === "string") {
    throw new GatewayError("upstream", `codec numcodecs.bitround works on floats, not on ${layout.dtype}`);
  }
  const { dtype } = layout;
  const keep = readConfiguration("numcodecs.bitround", configuration).integer("keepbits", {
    min: 0,
    max: bits,
  });
  return {
    kind: "array-to-array",
    encoded: layout,
    encode(values) {
      if (keep === bits || isStringValues(values)) return values;
      return valuesOverBytes(dtype, roundedBytes(values, bits - keep));
    },
    decode: (values) => values,
  };
}

function roundedBytes(values: BinaryValues, dropped: number): Uint8Array {
  const bytes = bytesOfValues(values).slice();
  if (values.BYTES_PER_ELEMENT === 8) {
    const words = new BigUint64Array(bytes.buffer);
    const shift = BigInt(dropped);
    const half = (1n << (shift - 1n)) - 1n;
    for (const [at, word] of words.entries()) {
      words[at] = ((word + ((word >> shift) & 1n) + half) >> shift) << shift;
    }
    return bytes;
  }
  const words =
    values.BYTES_PER_ELEMENT === 4 ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
  const half = 2 ** (dropped - 1) - 1;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? 0;
    words[at] = ((word + ((word >>> dropped) & 1) + half) >>> dropped) << dropped;
  }
  return bytes;
}
