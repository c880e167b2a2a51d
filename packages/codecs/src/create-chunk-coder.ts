import {
  type ArrayEncoding,
  bytesPerElement,
  type Chunk,
  clippedShape,
  elementCount,
  movableBytes,
  postableBytes,
  postableChunk,
  trimmedBytes,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import {
  type CallOptions,
  GatewayError,
  siblingModule,
  type WorkerPool,
  type WorkerTask,
} from "@zarr-gateway/primitives";
import type { ChunkCoder } from "./chunk-coder.ts";
import { type DecodeJob, decodeChunk, type EncodeJob, encodeChunk, isSame } from "./chunk-job.ts";
import { createPipelineCache } from "./pipeline-cache.ts";
import { codecCost } from "./registry.ts";

export interface ChunkCoderOptions {
  /** Where larger chunks are coded; without it everything runs on the calling thread. */
  readonly pool?: WorkerPool | undefined;
  /** Chunks with compressors and at least this many decoded bytes go to the pool. Default 64 KiB. */
  readonly thresholdBytes?: number | undefined;
  /** Chunks that are declared larger are refused. Default 1 GiB. */
  readonly maxChunkBytes?: number | undefined;
}

const DEFAULT_THRESHOLD_BYTES = 64 * 1024;
const DEFAULT_MAX_CHUNK_BYTES = 1024 ** 3;
/** Byte swaps, shuffles and checksums run at about 1 GB/s, so that a trip to another thread pays off later. */
const CHEAP_FACTOR = 16;
/** What a string of any length counts in these estimates. */
const STRING_BYTES = 32;

const module = siblingModule(import.meta.url, "codec-task");
const DECODE: WorkerTask<DecodeJob, Chunk> = { module, name: "decode" };
const ENCODE: WorkerTask<EncodeJob, Uint8Array | undefined> = { module, name: "encode" };

export function createChunkCoder(options: ChunkCoderOptions = {}): ChunkCoder {
  const { pool } = options;
  const pipelines = createPipelineCache();
  const threshold = options.thresholdBytes ?? DEFAULT_THRESHOLD_BYTES;
  const maxBytes = options.maxChunkBytes ?? DEFAULT_MAX_CHUNK_BYTES;

  const encode = async (job: EncodeJob, callOptions: CallOptions): Promise<Uint8Array | undefined> => {
    callOptions.signal?.throwIfAborted();
    checkSize(job.encoding, maxBytes);
    checkShape(job);
    if (!pool || !isWorthTrip(job.encoding, threshold)) {
      const bytes = await encodeChunk(pipelines, job);
      return bytes && trimmedBytes(bytes);
    }
    const { value: chunk, transfer } = postableChunk(job.chunk);
    return pool.run(ENCODE, { ...job, chunk }, { ...callOptions, transfer, isLaterStep: true });
  };

  return {
    async decode(encoding, index, bytes, { isExclusive, ...callOptions } = {}) {
      callOptions.signal?.throwIfAborted();
      checkSize(encoding, maxBytes);
      if (!pool || !isWorthTrip(encoding, threshold))
        return decodeChunk(pipelines, { encoding, index, bytes });
      const { value, transfer } = isExclusive ? movableBytes(bytes) : postableBytes(bytes);
      const decoded = await pool.run(DECODE, { encoding, index, bytes: value }, { ...callOptions, transfer });
      return { ...decoded, isExclusive: true };
    },
    pending(encoding, index, bytes, { isExclusive } = {}) {
      if (!pool || !isWorthTrip(encoding, threshold)) return undefined;
      checkSize(encoding, maxBytes);
      const { value, transfer } = isExclusive ? movableBytes(bytes) : postableBytes(bytes);
      const input: DecodeJob = { encoding, index, bytes: value };
      return { task: DECODE, input, transfer };
    },
    encode: (encoding, index, chunk, callOptions = {}) =>
      encode({ encoding, index, chunk, skipsFill: true }, callOptions),
    async encodeAlways(encoding, index, chunk, callOptions = {}) {
      const bytes = await encode({ encoding, index, chunk, skipsFill: false }, callOptions);
      if (!bytes) throw new GatewayError("internal", "a chunk was encoded to nothing");
      return bytes;
    },
  };
}

/** Metadata may declare any shape: nothing is allocated by it before this. */
function checkSize(encoding: ArrayEncoding, maxBytes: number): void {
  const size = decodedSize(encoding);
  if (size <= maxBytes) return;
  const shape = encoding.grid.chunkShape.join(", ");
  throw new GatewayError(
    "unsupported",
    `a chunk of [${shape}] has ${size} bytes, at most ${maxBytes} are decoded`,
  );
}

function checkShape({ encoding, index, chunk }: EncodeJob): void {
  const expected = clippedShape(encoding.grid, index);
  const entries = elementCount(expected) * unitsPerElement(encoding.dtype);
  if (isSame(chunk.shape, expected) && chunk.values.length === entries) return;
  const came = `[${chunk.shape}] with ${chunk.values.length} entries`;
  throw new GatewayError(
    "internal",
    `chunk [${index}] must be [${expected}] of ${encoding.dtype}, not ${came}`,
  );
}

function decodedSize(encoding: ArrayEncoding): number {
  return (bytesPerElement(encoding.dtype) ?? STRING_BYTES) * elementCount(encoding.grid.chunkShape);
}

function isWorthTrip(encoding: ArrayEncoding, threshold: number): boolean {
  const costs = encoding.codecs.map(({ name, configuration }) =>
    configuration["endian"] === "big" ? "cheap" : (codecCost(name) ?? "free"),
  );
  const size = decodedSize(encoding);
  if (costs.includes("slow")) return size >= threshold;
  return costs.includes("cheap") && size >= CHEAP_FACTOR * threshold;
}
