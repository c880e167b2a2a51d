import {
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  type ChunkVersion,
  clippedShape,
  copyBlock,
  elementCount,
  filledValues,
  joinedVersion,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import type { ConcatenationParts } from "./concatenated.ts";
import type { PartOffsets } from "./part-offsets.ts";
import { isSameFill } from "./passed-chunks.ts";

/** Chunks that are put together are made about this large: below it requests cost more than bytes. */
const TARGET_BYTES = 4 * 1024 * 1024;
const MAX_CHUNK_BYTES = 1024 ** 3;
/** More reads than this for one chunk take longer than any client waits. */
const MAX_SOURCE_CHUNKS = 100_000;
const MAX_CONCURRENT = 8;
const TEXT_BYTES = 16;

interface Whole {
  readonly parts: ConcatenationParts;
  readonly offsets: PartOffsets;
  readonly grid: ChunkGrid;
  readonly fill: ChunkSource["fill"];
}

/**
 * Chunks for parts whose own do not line up (months of 28 to 31 days): as long as the longest of a part, and several
 * times that where it is small, so that a chunk touches few parts and a part few chunks.
 */
export function chosenGrid(
  { axis, lengths, part, areAlike }: ConcatenationParts,
  shape: readonly number[],
): number[] {
  const { grid, dtype } = part(0);
  const chunkShape = grid.chunkShape.map((length, at) => Math.max(1, Math.min(length, shape[at] ?? 1)));
  let longest = 1;
  for (let position = 0; position < lengths.length; position += 1) {
    const { grid: partGrid } = areAlike ? { grid } : part(position);
    const own = Math.min(partGrid.chunkShape[axis] ?? 1, lengths[position] ?? 1);
    longest = Math.max(longest, own);
  }
  const rowBytes =
    (elementCount(chunkShape) / (chunkShape[axis] ?? 1)) * (bytesPerElement(dtype) ?? TEXT_BYTES);
  const times = Math.max(1, Math.floor(TARGET_BYTES / (rowBytes * longest)));
  chunkShape[axis] = Math.max(1, Math.min(shape[axis] ?? 1, longest * times));
  return chunkShape;
}

/** A chunk of the whole, from all parts that it touches; undefined where nothing of it was ever written. */
export async function assembleParts(
  whole: Whole,
  index: ChunkIndex,
  { signal }: CallOptions,
): Promise<Chunk | undefined> {
  const { dtype } = whole.parts.part(0);
  const shape = clippedShape(whole.grid, index);
  const bytes = elementCount(shape) * (bytesPerElement(dtype) ?? TEXT_BYTES);
  if (bytes > MAX_CHUNK_BYTES) throw new GatewayError("unsupported", `a chunk would have ${bytes} bytes`);
  const units = unitsPerElement(dtype);
  let values: Chunk["values"] | undefined;
  await mapConcurrently(planPieces(whole, index, shape), MAX_CONCURRENT, async (piece) => {
    signal?.throwIfAborted();
    const { source } = piece;
    const chunk = await source.read(piece.index, { signal });
    if (chunk === undefined && isSameFill(source.fill, whole.fill)) return;
    // made only now, so that a chunk of which nothing was written costs nothing
    values ??= filledValues(dtype, elementCount(shape), whole.fill);
    const from = chunk
      ? { values: chunk.values, shape: chunk.shape, start: piece.from }
      : { values: filledValues(dtype, elementCount(piece.shape), source.fill), shape: piece.shape };
    copyBlock(from, { values, shape, start: piece.to }, piece.shape, units);
  });
  return values === undefined ? undefined : { shape, values };
}

/** Version of a chunk of the whole: that of all chunks it is made of. */
export function assembledVersion(
  whole: Whole,
  index: ChunkIndex,
  options: CallOptions,
): Promise<ChunkVersion | undefined> {
  const pieces = planPieces(whole, index, clippedShape(whole.grid, index));
  const version = async ([position = 0]: ChunkIndex): Promise<ChunkVersion | undefined> => {
    const piece = pieces[position];
    return piece?.source.version?.(piece.index, options);
  };
  return joinedVersion(
    { version },
    [...pieces.keys()].map((position) => [position]),
    options,
  );
}

/** What a chunk of a part gives to a chunk of the whole. */
interface Piece {
  readonly source: ChunkSource;
  readonly index: ChunkIndex;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly shape: readonly number[];
}

function planPieces({ parts, offsets, grid }: Whole, index: ChunkIndex, shape: readonly number[]): Piece[] {
  const { axis } = parts;
  const start = index.map((at, on) => at * (grid.chunkShape[on] ?? 1));
  const end = start.map((at, on) => at + (shape[on] ?? 0));
  const pieces: Piece[] = [];
  let position = offsets.find(start[axis] ?? 0);
  for (; position < parts.lengths.length && offsets.start(position) < (end[axis] ?? 0); position += 1) {
    const shift = (parts.starts?.[position] ?? 0) - offsets.start(position);
    const partEnd = offsets.start(position) + (parts.lengths[position] ?? 0);
    const low = start.map((at, on) => (on === axis ? Math.max(at, offsets.start(position)) + shift : at));
    const high = end.map((at, on) => (on === axis ? Math.min(at, partEnd) + shift : at));
    if ((low[axis] ?? 0) >= (high[axis] ?? 0)) continue;
    const origin = start.map((at, on) => (on === axis ? at + shift : at));
    addPieces(pieces, parts.part(position), { low, high, origin });
  }
  return pieces;
}

interface Box {
  /** In elements of the part. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where the wanted chunk begins, in elements of the part: negative where it begins in a part before. */
  readonly origin: readonly number[];
}

function addPieces(pieces: Piece[], source: ChunkSource, { low, high, origin }: Box): void {
  const { shape, chunkShape } = source.grid;
  const first = low.map((at, on) => Math.floor(at / (chunkShape[on] ?? 1)));
  const counts = high.map((at, on) => Math.ceil(at / (chunkShape[on] ?? 1)) - (first[on] ?? 0));
  const count = elementCount(counts);
  if (pieces.length + count > MAX_SOURCE_CHUNKS) {
    throw new GatewayError(
      "unsupported",
      `a chunk would be put together from more than ${MAX_SOURCE_CHUNKS}`,
    );
  }
  for (let number = 0; number < count; number += 1) {
    const index = positionAt(counts, number).map((at, on) => at + (first[on] ?? 0));
    const begin = index.map((at, on) => at * (chunkShape[on] ?? 1));
    const from = begin.map((at, on) => Math.max(at, low[on] ?? 0));
    const to = begin.map((at, on) => Math.min(at + (chunkShape[on] ?? 1), shape[on] ?? 0, high[on] ?? 0));
    pieces.push({
      source,
      index,
      from: from.map((at, on) => at - (begin[on] ?? 0)),
      to: from.map((at, on) => at - (origin[on] ?? 0)),
      shape: to.map((at, on) => at - (from[on] ?? 0)),
    });
  }
}

/** The index at a position in C order. */
function positionAt(counts: readonly number[], number: number): number[] {
  const position = new Array<number>(counts.length);
  let rest = number;
  for (let axis = counts.length - 1; axis >= 0; axis -= 1) {
    const count = counts[axis] ?? 1;
    position[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  return position;
}
