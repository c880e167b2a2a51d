import { movableValues, released, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type PostedChunk, receivedChunk } from "../pending-chunk.ts";
import { type AccumulateJob, accumulate, type ReducedPart } from "./accumulate.ts";
import type { Accumulator } from "./accumulation.ts";
import { type FinishJob, finished } from "./finish.ts";

/**
 * Tasks of a worker thread. The accumulator lies in shared memory, so that nothing goes to and fro; what was added is let go
 * at once, because the collector of a thread would wait until a hundred megabytes of it have come together.
 */
export async function accumulateParts(job: AccumulatePartsJob): Promise<void> {
  const parts: ReducedPart[] = [];
  for (const { chunk, ...part } of job.parts)
    parts.push({ ...part, chunk: chunk && (await receivedChunk(chunk)) });
  accumulate({ ...job, parts });
  for (const { chunk } of parts) if (chunk !== undefined) released(chunk.values);
}

export interface AccumulatePartsJob extends Omit<AccumulateJob, "parts"> {
  /** In shared memory. */
  readonly accumulator: Accumulator;
  readonly parts: readonly PostedPart[];
}

/** What one chunk adds, maybe before it is decoded. */
export interface PostedPart extends Omit<ReducedPart, "chunk"> {
  readonly chunk: PostedChunk | undefined;
}

export function finishAccumulators(job: FinishJob): Transferred<Values> {
  return movableValues(finished(job));
}
