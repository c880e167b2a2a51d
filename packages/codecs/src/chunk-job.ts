import {
  type ArrayEncoding,
  allocateValues,
  type Chunk,
  type ChunkIndex,
  clippedShape,
  copyBlock,
  elementCount,
  filledValues,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { isAllFill } from "./all-fill.ts";
import type { PipelineCache } from "./pipeline-cache.ts";

/** One chunk to decode, as it travels to another thread. */
export interface DecodeJob {
  readonly encoding: ArrayEncoding;
  readonly index: ChunkIndex;
  readonly bytes: Uint8Array;
}

export interface EncodeJob {
  readonly encoding: ArrayEncoding;
  readonly index: ChunkIndex;
  readonly chunk: Chunk;
  /** Gives undefined for a chunk that is all fill. */
  readonly skipsFill: boolean;
}

/** Decodes and clips. Whatever goes wrong inside a decoder is damage of the bytes. */
export async function decodeChunk(pipelines: PipelineCache, job: DecodeJob): Promise<Chunk> {
  const { encoding, index, bytes } = job;
  const { dtype, grid, fill } = encoding;
  const pipeline = await pipelines.get(encoding.codecs, { dtype, shape: grid.chunkShape, fill });
  try {
    return clipped(encoding, index, { shape: grid.chunkShape, values: pipeline.decode(bytes) });
  } catch (error) {
    const code = isGatewayError(error) ? error.code : "upstream";
    const message = `chunk [${index}] cannot be decoded: ${messageOf(error)}`;
    throw new GatewayError(code, message, { chunk: [...index] }, error);
  }
}

/** Pads and encodes; undefined where the job skips fill and every element equals it. */
export async function encodeChunk(pipelines: PipelineCache, job: EncodeJob): Promise<Uint8Array | undefined> {
  const { encoding, chunk } = job;
  const { dtype, grid, fill } = encoding;
  if (job.skipsFill && isAllFill(dtype, chunk.values, fill)) return undefined;
  const pipeline = await pipelines.get(encoding.codecs, { dtype, shape: grid.chunkShape, fill });
  return pipeline.encode(padded(encoding, chunk).values);
}

function clipped({ dtype, grid }: ArrayEncoding, index: ChunkIndex, full: Chunk): Chunk {
  const shape = clippedShape(grid, index);
  if (isSame(shape, full.shape)) return full;
  const values = allocateValues(dtype, elementCount(shape));
  copyBlock(full, { values, shape }, shape, unitsPerElement(dtype));
  return { shape, values };
}

/** Stored chunks are always full; what lies outside the array holds the fill value. */
function padded({ dtype, grid, fill }: ArrayEncoding, chunk: Chunk): Chunk {
  if (isSame(chunk.shape, grid.chunkShape)) return chunk;
  const values = filledValues(dtype, elementCount(grid.chunkShape), fill);
  copyBlock(chunk, { values, shape: grid.chunkShape }, chunk.shape, unitsPerElement(dtype));
  return { shape: grid.chunkShape, values };
}

export function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((length, axis) => length === right[axis]);
}
