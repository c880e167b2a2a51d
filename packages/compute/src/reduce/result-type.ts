import { type DataType, isTimeType } from "@zarr-gateway/dataset";
import { isWholeNumber } from "./integers.ts";
import type { Reduction } from "./reduction.ts";

/** Everything that `reduced` can do with many values: those of the view language, and two that need more than a name. */
export type ReduceAction = Reduction | "quantile" | "slope";

/** The type of the result, as numpy's; undefined where the action means nothing for the type. */
export function resultType(action: ReduceAction, dtype: DataType): DataType | undefined {
  if (action === "count") return dtype.startsWith("complex") ? undefined : "int64";
  const isEdge = action === "first" || action === "last";
  if (isTimeType(dtype))
    return isEdge || action === "mean" || action === "min" || action === "max" ? dtype : undefined;
  if (!isWholeNumber(dtype) && !/^float\d+$/.test(dtype)) return undefined;
  if (isEdge || action === "min" || action === "max") return dtype;
  if (action === "quantile" || action === "slope") return "float64";
  if (!isWholeNumber(dtype)) return dtype;
  if (action !== "sum") return "float64";
  return dtype.startsWith("u") ? "uint64" : "int64";
}
