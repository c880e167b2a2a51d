import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../../model-package.ts";
import type { Problems } from "./problems.ts";

/** Where one of the model's axes lies in a variable of the analysis. */
export interface AxisPlan {
  /** Position among the variable's dimensions; undefined: it has a single place, which is all of it. */
  readonly axis: number | undefined;
  /** Position along it of each of the model's labels. */
  readonly positions: Int32Array;
}

/** Levels, where the variable has them, and grid. */
export interface SpacePlan {
  readonly levels?: AxisPlan;
  readonly grid: readonly AxisPlan[];
}

export interface SpaceContext extends CallOptions {
  readonly dataset: Dataset;
  /** Name of the dataset, for messages. */
  readonly id: string;
  readonly model: ModelPackage;
  readonly problems: Problems;
  /** Positions along the dimensions that were looked at before: most variables have the same ones. */
  readonly known: Map<string, Int32Array | undefined>;
}
