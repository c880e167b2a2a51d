/** What becomes of many values; missing ones are skipped as xarray's `skipna=True` does. */
export type Reduction =
  | "mean"
  | "min"
  | "max"
  | "sum"
  | "std"
  | "var"
  | "median"
  | "count"
  | "first"
  | "last";

/** Which positions along an axis go into which value of the result. */
export interface Groups {
  readonly axis: number;
  /** One group number a position, -1 for positions that belong to none. */
  readonly groupOf: Int32Array;
  /** Length of the axis afterwards. */
  readonly count: number;
}
