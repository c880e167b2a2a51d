import { type Chunk, movableValues, released, type Values } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, type Transferred } from "@zarr-gateway/primitives";
import { type AccumulateJob, accumulate, type ReducedPart } from "./accumulate.ts";
import type { Accumulator } from "./accumulation.ts";
import { type FinishJob, finished } from "./finish.ts";

/**
 * Tasks of a worker thread. The accumulator lies in shared memory, so that nothing goes to and fro; what was added is let go
 * at once, because the collector of a thread would wait until a hundred megabytes of it have come together.
 */
export async function accumulateParts(job: AccumulatePartsJob): Promise<void> {
  const parts: ReducedPart[] = [];
  for (const { pending, ...part } of job.parts)
    parts.push(pending === undefined ? part : { ...part, chunk: await decoded(pending) });
  accumulate({ ...job, parts });
  for (const { chunk } of parts) if (chunk !== undefined) released(chunk.values);
}

export interface AccumulatePartsJob extends Omit<AccumulateJob, "parts"> {
  /** In shared memory. */
  readonly accumulator: Accumulator;
  readonly parts: readonly PostedPart[];
}

/** What one chunk adds, maybe before it is decoded. */
export interface PostedPart extends ReducedPart {
  readonly pending?: PostedChunk;
}

/** A `PendingChunk` as it travels. */
interface PostedChunk {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
  readonly label: string;
}

async function decoded({ module, name, input, label }: PostedChunk): Promise<Chunk> {
  const exports = (await import(module)) as Record<string, (input: unknown) => Promise<Transferred<Chunk>>>; // a task module
  try {
    const result = await exports[name]?.(input);
    if (result === undefined) throw new TypeError(`${name} is not exported by the task module`);
    return result.value;
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new GatewayError(error.code, `${label}: ${error.message}`, error.details, error);
  }
}

export function finishAccumulators(job: FinishJob): Transferred<Values> {
  return movableValues(finished(job));
}
