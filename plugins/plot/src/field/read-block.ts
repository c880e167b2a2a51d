import {
  type Chunk,
  type ChunkIndex,
  type ChunkSource,
  copyStrided,
  elementCount,
  filledValues,
  released,
  stridesOf,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";

/** Positions along one dimension: `count` of them, `step` apart. */
export interface Pick {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Chunks that are held at once. */
const CONCURRENT_CHUNKS = 4;

/** Chunks that a block touches, in C order; those between two steps are left out. */
export function touchedChunks({ grid }: ChunkSource, picks: readonly Pick[]): ChunkIndex[] {
  const alongEach = picks.map((pick, axis) => chunksAlong(pick, grid.chunkShape[axis] ?? 1));
  return alongEach.reduce<number[][]>(
    (found, positions) => found.flatMap((index) => positions.map((position) => [...index, position])),
    [[]],
  );
}

/** How many chunks that are: to be asked before they are listed. */
export function touchedCount({ grid }: ChunkSource, picks: readonly Pick[]): number {
  return picks.reduce((product, { start, step, count }, axis) => {
    const length = grid.chunkShape[axis] ?? 1;
    const span = Math.floor((start + (count - 1) * step) / length) - Math.floor(start / length) + 1;
    return product * Math.min(count, span);
  }, 1);
}

function chunksAlong({ start, step, count }: Pick, length: number): number[] {
  const positions = new Set<number>();
  if (step <= length) {
    const last = Math.floor((start + (count - 1) * step) / length);
    for (let chunk = Math.floor(start / length); chunk <= last; chunk += 1) positions.add(chunk);
  } else {
    for (let at = 0; at < count; at += 1) positions.add(Math.floor((start + at * step) / length));
  }
  return [...positions];
}

/**
 * The picked elements in C order, in a buffer of their own; every chunk is let go as soon as it is copied, so that memory
 * is that of the block and a few chunks. A chunk that is picked whole, and that nobody else holds, is the block.
 */
export async function readBlock(
  source: ChunkSource,
  picks: readonly Pick[],
  options: CallOptions = {},
): Promise<Values> {
  const chunks = touchedChunks(source, picks);
  const read = async (index: ChunkIndex): Promise<Chunk | undefined> => {
    const chunk = await source.read(index, options);
    options.signal?.throwIfAborted();
    return chunk;
  };
  const [only] = chunks;
  const first = chunks.length === 1 && only ? await read(only) : undefined;
  if (first?.isExclusive && first.shape.every((length, axis) => length === picks[axis]?.count))
    return first.values;
  const values = filledValues(source.dtype, elementCount(picks.map(({ count }) => count)), source.fill);
  await mapConcurrently(chunks, CONCURRENT_CHUNKS, async (index) => {
    const chunk = first ?? (await read(index));
    if (chunk === undefined) return;
    copyPart({ chunk, index, source }, picks, values);
    if (chunk.isExclusive) released(chunk.values);
  });
  return values;
}

interface Part {
  readonly chunk: Chunk;
  readonly index: ChunkIndex;
  readonly source: ChunkSource;
}

/** What is picked of a chunk, to where it stands in the block. */
function copyPart({ chunk, index, source }: Part, picks: readonly Pick[], block: Values): void {
  const parts = picks.map((pick, axis) =>
    overlap(pick, (index[axis] ?? 0) * (source.grid.chunkShape[axis] ?? 1), chunk.shape[axis] ?? 1),
  );
  const strides = stridesOf(picks.map(({ count }) => count));
  const chunkStrides = stridesOf(chunk.shape);
  copyStrided(
    {
      values: chunk.values,
      strides: chunkStrides.map((stride, axis) => stride * (picks[axis]?.step ?? 1)),
      offset: sum(parts.map(({ inChunk }, axis) => inChunk * (chunkStrides[axis] ?? 0))),
    },
    {
      values: block,
      strides,
      offset: sum(parts.map(({ inBlock }, axis) => inBlock * (strides[axis] ?? 0))),
    },
    parts.map(({ count }) => count),
    unitsPerElement(source.dtype),
  );
}

/** Where the picked positions begin in a chunk and in the block, and how many of them the chunk has. */
function overlap(
  { start, step, count }: Pick,
  chunkStart: number,
  chunkLength: number,
): { readonly inChunk: number; readonly inBlock: number; readonly count: number } {
  const first = Math.max(0, Math.ceil((chunkStart - start) / step));
  const end = Math.min(count, Math.ceil((chunkStart + chunkLength - start) / step));
  return { inChunk: start + first * step - chunkStart, inBlock: first, count: Math.max(0, end - first) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
