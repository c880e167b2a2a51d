import type { Variable } from "@zarr-gateway/dataset";
import type { Reduction } from "../reduce/reduction.ts";

/** What is made of a dataset whose positions along a dimension fall into groups. */
export interface GroupPlan {
  readonly action: Reduction;
  /** The dimension that goes, and the one that comes; they may have the same name. */
  readonly dim: string;
  readonly name: string;
  /** Group of every position; -1 for none. */
  readonly groupOf: Int32Array;
  readonly count: number;
  /** Coordinate of the new dimension. */
  readonly label: Variable | undefined;
  /** 1 for groups that no position belongs to: all variables are missing there, as xarray's are. */
  readonly isEmpty: Uint8Array | undefined;
  /** True where the new dimension stands in the place of the old one, else it comes first. */
  readonly keepsOrder: boolean;
}
