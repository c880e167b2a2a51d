import { elementCount } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";

/** numcodecs' `packbits`: the number of unused bits, then eight booleans a byte, the first in the highest bit. */
export function createCodec(_configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  if (layout.dtype !== "bool") {
    throw new GatewayError("upstream", `codec numcodecs.packbits works on bool, not on ${layout.dtype}`);
  }
  const count = elementCount(layout.shape);
  const size = 1 + Math.ceil(count / 8);
  return {
    kind: "array-to-array",
    encoded: { dtype: "uint8", shape: [size], fill: null },
    encode(values) {
      const packed = new Uint8Array(size);
      packed[0] = 8 * (size - 1) - count;
      for (let at = 0; at < count; at += 1) {
        if (values[at]) packed[1 + (at >> 3)] = (packed[1 + (at >> 3)] ?? 0) | (0x80 >> (at & 7));
      }
      return packed;
    },
    decode(values) {
      if (Number(values[0]) !== 8 * (size - 1) - count) {
        throw new GatewayError("upstream", `packed bits are not ${count} booleans`);
      }
      return Uint8Array.from(
        { length: count },
        (_, at) => (Number(values[1 + (at >> 3)]) >> (7 - (at & 7))) & 1,
      );
    },
  };
}
