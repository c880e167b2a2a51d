import type { WorkerPool } from "@zarr-gateway/primitives";
import type { Groups } from "./reduction.ts";
import type { ReduceAction } from "./result-type.ts";

export interface ReduceOptions {
  readonly action: ReduceAction;
  /** Axes that vanish. Absent: all of them, or where there are groups, none. */
  readonly axes?: readonly number[] | undefined;
  /** An axis of which several positions become one. */
  readonly groups?: Groups | undefined;
  /** Weights of `mean`, coordinate of `slope`. */
  readonly factors?: Factors | undefined;
  /** Of `quantile`, from 0 to 1; several are the first axis of the result. */
  readonly quantiles?: number | readonly number[] | undefined;
  /** Of floating-point results, where they are not to be rounded yet. */
  readonly resultType?: "float64" | undefined;
  /** Where values are decoded and added up; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
  /** True: a chunk of the result takes no more of the source than it has to. */
  readonly readsMayWait?: boolean | undefined;
}

/** Numbers that go along with the values of some axes: weights, or the coordinate of a trend. */
export interface Factors {
  /** In C order; in shared memory where workers need not copy them. */
  readonly values: Float64Array;
  /** Axes of the source they lie along, rising. */
  readonly axes: readonly number[];
}
