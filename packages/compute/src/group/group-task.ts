import { type Chunk, movableValues } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type ArrangeJob, arrangedChunk } from "./arranged-chunk.ts";
import { type MissingJob, missingChunk } from "./missing-chunk.ts";

/** Tasks of a worker thread. */
export function arrange(job: ArrangeJob): Transferred<Chunk> {
  return moved(arrangedChunk(job));
}

export function markMissing(job: MissingJob): Transferred<Chunk> {
  return moved(missingChunk(job));
}

function moved({ shape, values }: Chunk): Transferred<Chunk> {
  const { value, transfer } = movableValues(values);
  return { value: { shape, values: value }, transfer };
}
