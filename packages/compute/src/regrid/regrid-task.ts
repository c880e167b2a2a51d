import {
  allocateValues,
  type Chunk,
  type DataType,
  elementCount,
  movableValues,
  released,
} from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { toNumbers } from "../decoded/number-values.ts";
import { type PostedChunk, receivedChunk } from "../pending-chunk.ts";
import { applyStages, type RegridStage } from "./apply-weights.ts";
import { type PlaneJob, planeWeights } from "./curvilinear/plane-weights.ts";
import type { Weights } from "./weights.ts";

export interface RegridJob {
  readonly chunk: Chunk;
  readonly work: RegridWork;
}

/** What is done with a chunk. */
export interface RegridWork {
  readonly stages: readonly RegridStage[];
  readonly skipsMissing: boolean;
  /** Shape and type of the result. */
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** Tasks of a worker thread. */
export async function regridChunk({ posted, work }: PostedRegridJob): Promise<Transferred<Chunk>> {
  const chunk = await receivedChunk(posted);
  const { value, transfer } = movableValues(regriddedChunk({ chunk, work }).values);
  // the thread's own copy: its collector would let many of them come together
  released(chunk.values);
  return { value: { shape: work.shape, values: value }, transfer };
}

export interface PostedRegridJob {
  readonly posted: PostedChunk;
  readonly work: RegridWork;
}

/** Lies on shared memory already. */
export function makeWeights(job: PlaneJob): Weights {
  return planeWeights(job);
}

/** Sums in float64, rounded once. */
export function regriddedChunk({ chunk, work }: RegridJob): Chunk {
  const { stages, skipsMissing, shape, dtype } = work;
  const numbers = applyStages(toNumbers(chunk.values), stages, skipsMissing);
  if (dtype === "float64") return { shape, values: numbers };
  const values = allocateValues(dtype, elementCount(shape)) as Float32Array; // a type whose values are numbers
  values.set(numbers);
  return { shape, values };
}
