import type { CallOptions } from "@zarr-gateway/primitives";
import type { Weights } from "./weights.ts";

/** Weights along neighbouring axes, which are taken for one. */
export interface RegridAxes {
  /** First axis, and how many there are. */
  readonly axis: number;
  readonly axes: 1 | 2;
  /** Lengths of the result along them. */
  readonly shape: readonly number[];
  weights(options: CallOptions): Promise<Weights>;
}
