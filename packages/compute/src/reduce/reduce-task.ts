import { movableValues, released, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type AccumulateJob, accumulate } from "./accumulate.ts";
import type { Accumulator } from "./accumulation.ts";
import { type FinishJob, finished } from "./finish.ts";

/**
 * Tasks of a worker thread. The accumulator goes to and fro without being copied; what was added is let go at once, because
 * the collector of a thread would wait until a hundred megabytes of it have come together.
 */
export function accumulateParts(job: AccumulateJob): Transferred<Accumulator> {
  const accumulator = accumulate(job);
  for (const { chunk } of job.parts) if (chunk !== undefined) released(chunk.values);
  return { value: accumulator, transfer: buffersOf(accumulator) };
}

export function finishAccumulators(job: FinishJob): Transferred<Values> {
  return movableValues(finished(job));
}

export function buffersOf(accumulator: Accumulator): ArrayBuffer[] {
  return Object.values(accumulator).map(({ buffer }) => buffer as ArrayBuffer); // made by `create`, never shared
}
