import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelPackage } from "../model-package.ts";
import type { ModelSession } from "../model-session.ts";
import type { AxisTiling } from "./axis-tiling.ts";

export interface MapSamplesOptions {
  /** On the whole grid of the dataset. */
  readonly model: ModelPackage;
  readonly conditions: Pick<InitialConditions, "calendar" | "times" | "state">;
  readonly axes: readonly AxisTiling[];
  /** Opens a session of `tileModel`. */
  readonly session: (options?: CallOptions) => Promise<ModelSession>;
  /** Sessions at most, each of which works on one sample. */
  readonly processes: number;
  /** Longer waits are refused before any work. */
  readonly maxWaitMs: number;
  /** Samples that may wait for their turn. */
  readonly maxQueued: number;
  readonly cache: ByteCache;
  /** Names map and version. */
  readonly keyPrefix: string;
  /** True where the version covers the dataset's chunks, so that results may outlive the process. */
  readonly isLasting: boolean;
}
