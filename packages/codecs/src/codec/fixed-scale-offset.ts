import { allocateValues, type DataType, isStringValues, type Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { castValues, isBig, requireReal, roundHalfEven, workingPrecision } from "./numeric.ts";

/** numcodecs' `fixedscaleoffset`: round((x - offset) · scale), stored as `astype`. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const name = "numcodecs.fixedscaleoffset";
  const reader = readConfiguration(name, configuration);
  const dtype = reader.dtype("dtype", layout.dtype);
  const astype = reader.dtype("astype", dtype);
  const [offset, scale] = [reader.number("offset"), reader.number("scale")];
  requireReal(name, layout.dtype);
  return {
    kind: "array-to-array",
    encoded: { ...layout, dtype: astype },
    encode(values) {
      const precise = workingPrecision(dtype);
      const [shift, factor] = [precise(offset), precise(scale)];
      const scaled = mapped(castValues(values, layout.dtype, dtype), dtype, (value) =>
        roundHalfEven(precise(precise(value - shift) * factor)),
      );
      return castValues(scaled, "float64", astype);
    },
    decode(values) {
      const precise = workingPrecision(astype);
      const [shift, factor] = [precise(offset), precise(scale)];
      const unscaled = mapped(values, astype, (value) => precise(precise(value / factor) + shift));
      return castValues(castValues(unscaled, "float64", dtype), dtype, layout.dtype);
    },
  };
}

/** A function of each value, as float64. */
function mapped(values: Values, dtype: DataType, compute: (value: number) => number): Values {
  const result = allocateValues("float64", values.length) as Float64Array; // by its definition
  if (isStringValues(values))
    throw new GatewayError("internal", `${dtype} values were expected, not strings`);
  if (isBig(values)) for (let at = 0; at < values.length; at += 1) result[at] = compute(Number(values[at]));
  else for (let at = 0; at < values.length; at += 1) result[at] = compute(values[at] ?? 0);
  return result;
}
