import { coordinateLabels } from "@zarr-gateway/compute";
import type { Variable } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

/** Labels of a coordinate as numbers, NaN where missing. */
export interface NumberLabels {
  readonly values: Float64Array;
  /** True where they were rounded to float32. */
  readonly isSingle: boolean;
}

/** undefined where they are text or times. */
export async function numberLabels(
  coordinate: Variable,
  options: CallOptions,
): Promise<NumberLabels | undefined> {
  const labels = await coordinateLabels(coordinate, options);
  if (labels.kind === "numbers") return { values: labels.values, isSingle: labels.dtype === "float32" };
  if (labels.kind !== "integers") return undefined;
  return { values: Float64Array.from(labels.values, Number), isSingle: false };
}
