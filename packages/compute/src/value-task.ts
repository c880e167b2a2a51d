import { type Chunk, movableValues, roundedBits, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type BlockJob, joinedBlocks } from "./block.ts";

/** Tasks of a worker thread. */
export function join(job: BlockJob): Transferred<Chunk> {
  return moved(job.shape, joinedBlocks(job));
}

export interface RoundJob {
  readonly chunk: Chunk;
  readonly keepBits: number;
  readonly kept: readonly number[];
}

export function round({ chunk, keepBits, kept }: RoundJob): Transferred<Chunk> {
  return moved(chunk.shape, roundedBits(chunk.values, keepBits, kept));
}

function moved(shape: readonly number[], values: Values): Transferred<Chunk> {
  const { value, transfer } = movableValues(values);
  return { value: { shape, values: value }, transfer };
}
