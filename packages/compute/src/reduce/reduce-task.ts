import { isStringValues, movableValues, released, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type PostedChunk, receivedChunk } from "../pending-chunk.ts";
import { type AccumulateJob, accumulate, type ReducedPart } from "./accumulate.ts";
import { type Accumulator, buffersOf } from "./accumulation.ts";
import { type FinishJob, finished } from "./finish.ts";

/**
 * Tasks of a worker thread. The accumulator moves here and back: shared memory would stay until the collectors of all
 * threads have looked. What was added is let go at once, because a collector would wait until a hundred megabytes of it
 * have come together.
 */
export async function accumulateParts(job: AccumulatePartsJob): Promise<Transferred<Accumulator>> {
  const parts: ReducedPart[] = [];
  for (const { chunk, ...part } of job.parts)
    parts.push({ ...part, chunk: chunk && (await receivedChunk(chunk)) });
  const accumulator = accumulate({ ...job, parts });
  for (const { chunk } of parts) if (chunk !== undefined) released(chunk.values);
  return { value: accumulator, transfer: buffersOf(accumulator) };
}

export interface AccumulatePartsJob extends Omit<AccumulateJob, "parts"> {
  readonly parts: readonly PostedPart[];
}

/** What one chunk adds, maybe before it is decoded. */
export interface PostedPart extends Omit<ReducedPart, "chunk"> {
  readonly chunk: PostedChunk | undefined;
}

export function finishAccumulators(job: FinishJob): Transferred<Values> {
  const values = finished(job);
  for (const accumulator of job.accumulators) {
    for (const held of Object.values(accumulator))
      if (isStringValues(values) || held.buffer !== values.buffer) released(held);
  }
  return movableValues(values);
}
