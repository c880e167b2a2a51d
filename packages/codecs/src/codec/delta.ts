import { allocateValues, type DataType, isStringValues, type Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { castValues, isBig, requireReal } from "./numeric.ts";

/** numcodecs' `delta`: the first element, then the differences between neighbours, stored as `astype`. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const reader = readConfiguration("numcodecs.delta", configuration);
  const dtype = reader.dtype("dtype", layout.dtype);
  const astype = reader.dtype("astype", dtype);
  requireReal("numcodecs.delta", layout.dtype);
  return {
    kind: "array-to-array",
    encoded: { ...layout, dtype: astype },
    encode: (values) =>
      castValues(differences(castValues(values, layout.dtype, dtype), dtype), dtype, astype),
    decode: (values) => castValues(sums(castValues(values, astype, dtype), dtype), dtype, layout.dtype),
  };
}

function differences(values: Values, dtype: DataType): Values {
  const result = allocateValues(dtype, values.length);
  if (isStringValues(values) || isStringValues(result)) throw noStrings();
  if (isBig(values) && isBig(result)) {
    for (let at = 0; at < values.length; at += 1) result[at] = (values[at] ?? 0n) - (values[at - 1] ?? 0n);
  } else if (!isBig(values) && !isBig(result)) {
    result[0] = values[0] ?? 0;
    for (let at = 1; at < values.length; at += 1) result[at] = (values[at] ?? 0) - (values[at - 1] ?? 0);
  }
  return result;
}

/** Each sum is rounded to the type before the next, as numpy does. */
function sums(values: Values, dtype: DataType): Values {
  const result = allocateValues(dtype, values.length);
  if (isStringValues(values) || isStringValues(result)) throw noStrings();
  if (isBig(values) && isBig(result)) {
    for (let at = 0; at < values.length; at += 1) result[at] = (values[at] ?? 0n) + (result[at - 1] ?? 0n);
  } else if (!isBig(values) && !isBig(result)) {
    result[0] = values[0] ?? 0;
    for (let at = 1; at < values.length; at += 1) result[at] = (values[at] ?? 0) + (result[at - 1] ?? 0);
  }
  return result;
}

function noStrings(): GatewayError {
  return new GatewayError("internal", "codec numcodecs.delta was given strings");
}
