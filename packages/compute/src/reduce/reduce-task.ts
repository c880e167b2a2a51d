import { movableValues, released, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type PostedChunk, receivedChunk } from "../pending-chunk.ts";
import { type AccumulateJob, accumulate, type ReducedPart } from "./accumulate.ts";
import type { Accumulator } from "./accumulation.ts";
import { type FinishJob, finished } from "./finish.ts";
import { accumulationOf } from "./method.ts";
import { reusing, sharedAccumulator } from "./shared-accumulator.ts";

/**
 * Tasks of a worker thread. The accumulator lies in shared memory, so that nothing goes to and fro; what was added is let go
 * at once, because the collector of a thread would wait until a hundred megabytes of it have come together.
 */
export async function accumulateParts(job: AccumulatePartsJob): Promise<Accumulator> {
  const parts: ReducedPart[] = [];
  for (const { chunk, ...part } of job.parts)
    parts.push({ ...part, chunk: chunk && (await receivedChunk(chunk)) });
  const { method, cells, spare } = job;
  const accumulator = job.accumulator ?? reusing(spare, accumulationOf(method).accumulation.create(cells));
  const filled = accumulate({ ...job, accumulator, parts });
  for (const { chunk } of parts) if (chunk !== undefined) released(chunk.values);
  return sharedAccumulator(filled);
}

export interface AccumulatePartsJob extends Omit<AccumulateJob, "parts"> {
  readonly parts: readonly PostedPart[];
  /** Memory for a new accumulator. */
  readonly spare: Accumulator | undefined;
}

/** What one chunk adds, maybe before it is decoded. */
export interface PostedPart extends Omit<ReducedPart, "chunk"> {
  readonly chunk: PostedChunk | undefined;
}

export function finishAccumulators(job: FinishJob): Transferred<Values> {
  return movableValues(finished(job));
}
