import { MANTISSA_BITS, roundedBits } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";

/** numcodecs' `bitround`: rounds the mantissa, half to even, so that its last bits are zeros. Reading changes nothing. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const bits = MANTISSA_BITS[layout.dtype];
  if (bits === undefined) {
    throw new GatewayError("upstream", `codec numcodecs.bitround works on floats, not on ${layout.dtype}`);
  }
  const keepBits = readConfiguration("numcodecs.bitround", configuration).integer("keepbits", {
    min: 0,
    max: bits,
  });
  return {
    kind: "array-to-array",
    encoded: layout,
    encode: (values) => roundedBits(values, keepBits),
    decode: (values) => values,
  };
}
