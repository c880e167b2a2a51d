import type { Attributes } from "@zarr-gateway/dataset";
import type { InitialConditions } from "../initial-conditions.ts";

/** Initial conditions out of a dataset, and what a forecast takes over from it. */
export interface AnalysisConditions extends InitialConditions {
  /** CF units of its times; absent where they are of a datetime64 type. */
  readonly timeUnits?: string;
  /** Attributes of its coordinates, by the names of the model's axes. */
  readonly gridAttrs: Readonly<Record<string, Attributes>>;
  /** `Dataset.versionCoversChunks`, or pinned for good. */
  readonly versionCoversChunks: boolean;
}
