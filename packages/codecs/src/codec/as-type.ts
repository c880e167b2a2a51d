import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";
import { castValues, requireReal } from "./numeric.ts";

/** numcodecs' `astype`: stored as another type. */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const reader = readConfiguration("numcodecs.astype", configuration);
  const encoded = reader.dtype("encode_dtype");
  const decoded = reader.dtype("decode_dtype", layout.dtype);
  requireReal("numcodecs.astype", layout.dtype);
  return {
    kind: "array-to-array",
    encoded: { ...layout, dtype: encoded },
    encode: (values) => castValues(castValues(values, layout.dtype, decoded), decoded, encoded),
    decode: (values) => castValues(castValues(values, encoded, decoded), decoded, layout.dtype),
  };
}
