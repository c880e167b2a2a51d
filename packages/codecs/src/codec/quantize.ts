import type { Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { castValues, type NumberValues, roundHalfEven, workingPrecision } from "./numeric.ts";

/** numcodecs' `quantize`: keeps so many decimal digits. Reading only changes the type. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const reader = readConfiguration("numcodecs.quantize", configuration);
  const dtype = reader.dtype("dtype", layout.dtype);
  const astype = reader.dtype("astype", dtype);
  if (![layout.dtype, dtype, astype].every((type) => type.startsWith("float"))) {
    throw new GatewayError("upstream", `codec numcodecs.quantize works on floats, not on ${layout.dtype}`);
  }
  const scale = scaleOf(reader.integer("digits", { min: -300, max: 300 }));
  const precise = workingPrecision(dtype);
  return {
    kind: "array-to-array",
    encoded: { ...layout, dtype: astype },
    encode(values) {
      const floats = castValues(values, layout.dtype, dtype) as NumberValues; // floats, by the check above
      const rounded: Values = floats.map((value) => precise(roundHalfEven(precise(scale * value)) / scale));
      return castValues(rounded, dtype, astype);
    },
    decode: (values) => castValues(castValues(values, astype, dtype), dtype, layout.dtype),
  };
}

/** The power of two next to 10^digits, computed as numcodecs does. */
function scaleOf(digits: number): number {
  const exponent = Math.log10(10 ** -digits);
  const rounded = exponent < 0 ? Math.floor(exponent) : Math.ceil(exponent);
  return 2 ** Math.ceil(Math.log2(10 ** -rounded));
}
