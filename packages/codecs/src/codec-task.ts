import { type Chunk, isStringValues, movableBytes, movableValues, released } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { type DecodeJob, decodeChunk, type EncodeJob, encodeChunk } from "./chunk-job.ts";
import { createPipelineCache } from "./pipeline-cache.ts";

/** Tasks of a worker thread. */
const pipelines = createPipelineCache();

export async function decode(job: DecodeJob): Promise<Transferred<Chunk>> {
  const { shape, values } = await decodeChunk(pipelines, job);
  // the thread's own copy: its collector would let many of them come together
  if (isStringValues(values) || values.buffer !== job.bytes.buffer) released(job.bytes);
  const moved = movableValues(values);
  return { value: { shape, values: moved.value }, transfer: moved.transfer };
}

export async function encode(job: EncodeJob): Promise<Transferred<Uint8Array | undefined>> {
  const bytes = await encodeChunk(pipelines, job);
  const { values } = job.chunk;
  // a codec may give a view of them
  if (isStringValues(values) || bytes?.buffer !== values.buffer) released(values);
  return bytes ? movableBytes(bytes) : { value: undefined, transfer: [] };
}
