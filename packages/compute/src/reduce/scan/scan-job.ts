import type { BinaryValues, DataType } from "@zarr-gateway/dataset";
import type { Reduction } from "../reduction.ts";

/** What is done along the lines of a block. */
export type ScanStep =
  | { readonly kind: "difference" }
  /** Sums of all before each line of the block. */
  | { readonly kind: "running-sum"; readonly carry: BinaryValues }
  | {
      readonly kind: "rolling";
      readonly action: Reduction;
      readonly window: number;
      /** How many positions of a window come after the one it belongs to. */
      readonly after: number;
      /** Fewer values than this give a missing one. */
      readonly minPeriods: number;
    };

/** A block, the axis along which it is gone through, and the part of that which is wanted. */
export interface ScanJob {
  readonly step: ScanStep;
  readonly values: BinaryValues;
  readonly shape: readonly number[];
  readonly axis: number;
  /** Elements of the block before the first that is wanted, and how many are wanted. */
  readonly lead: number;
  readonly length: number;
  readonly dtype: DataType;
}
