import {
  allocateValues,
  type Chunk,
  type DataType,
  elementCount,
  movableValues,
} from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { toNumbers } from "../decoded/number-values.ts";
import { applyStages, type RegridStage } from "./apply-weights.ts";
import { type PlaneJob, planeWeights } from "./curvilinear/plane-weights.ts";
import type { Weights } from "./weights.ts";

export interface RegridJob {
  readonly chunk: Chunk;
  readonly stages: readonly RegridStage[];
  readonly skipsMissing: boolean;
  /** Shape and type of the result. */
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** Tasks of a worker thread. */
export function regridChunk(job: RegridJob): Transferred<Chunk> {
  const { value, transfer } = movableValues(regriddedChunk(job).values);
  return { value: { shape: job.shape, values: value }, transfer };
}

/** Lies on shared memory already. */
export function makeWeights(job: PlaneJob): Weights {
  return planeWeights(job);
}

/** Sums in float64, rounded once. */
export function regriddedChunk({ chunk, stages, skipsMissing, shape, dtype }: RegridJob): Chunk {
  const numbers = applyStages(toNumbers(chunk.values), stages, skipsMissing);
  if (dtype === "float64") return { shape, values: numbers };
  const values = allocateValues(dtype, elementCount(shape)) as Float32Array; // a type whose values are numbers
  values.set(numbers);
  return { shape, values };
}
