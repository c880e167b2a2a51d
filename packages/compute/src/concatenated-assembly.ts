import {
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  type ChunkVersion,
  clippedShape,
  elementCount,
  joinedVersion,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { assembled, type Piece, type Pieces } from "./assembly.ts";
import { boxOverlaps, type ChunkOverlap, type ChunkOverlaps } from "./chunk-overlap.ts";
import type { ConcatenationParts } from "./concatenation-parts.ts";
import { keptChunks } from "./kept-chunks.ts";
import { ownFill } from "./passed-chunks.ts";

/** Chunks that are put together are made about this large: below it requests cost more than bytes. */
const TARGET_BYTES = 4 * 1024 * 1024;
const MAX_CHUNK_BYTES = 1024 ** 3;
/** More reads than this for one chunk take longer than any client waits. */
const MAX_SOURCE_CHUNKS = 100_000;
const MAX_CONCURRENT = 8;
const TEXT_BYTES = 16;

interface Whole {
  readonly parts: ConcatenationParts;
  readonly grid: ChunkGrid;
  readonly fill: ChunkSource["fill"];
}

/**
 * Chunks for parts whose own do not line up (months of 28 to 31 days): as long as the longest of a part, and several
 * times that where it is small, so that a chunk touches few parts and a part few chunks.
 */
export function chosenGrid(
  { axis, series, part, areAlike }: ConcatenationParts,
  shape: readonly number[],
): number[] {
  const { grid, dtype } = part(0);
  const chunkShape = grid.chunkShape.map((length, at) => Math.max(1, Math.min(length, shape[at] ?? 1)));
  let longest = 1;
  for (let position = 0; position < series.count; position += 1) {
    const { grid: partGrid } = areAlike ? { grid } : part(position);
    const own = Math.min(partGrid.chunkShape[axis] ?? 1, series.length(position));
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
  { signal, client }: CallOptions,
): Promise<Chunk | undefined> {
  const { parts, grid, fill } = whole;
  const { dtype } = parts.part(0);
  const shape = clippedShape(grid, index);
  const bytes = elementCount(shape) * (bytesPerElement(dtype) ?? TEXT_BYTES);
  if (bytes > MAX_CHUNK_BYTES) throw new GatewayError("unsupported", `a chunk would have ${bytes} bytes`);
  const target = { dtype, fill, shape };
  return assembled(planPieces(whole, index, shape), {
    target,
    maxConcurrent: MAX_CONCURRENT,
    pool: parts.pool,
    signal,
    client,
  });
}

/** Version of a chunk of the whole: that of all chunks it is made of. */
export function assembledVersion(
  whole: Whole,
  index: ChunkIndex,
  options: CallOptions,
): Promise<ChunkVersion | undefined> {
  const pieces = planPieces(whole, index, clippedShape(whole.grid, index));
  const version = async ([position = 0]: ChunkIndex): Promise<ChunkVersion | undefined> => {
    const piece = pieces.at(position);
    return piece.source.version?.(piece.index, options);
  };
  const positions = Array.from({ length: pieces.count }, (_, position) => [position]);
  return joinedVersion({ version }, positions, options);
}

/** What a chunk of a part gives to a chunk of the whole. */
interface PartPiece extends Piece {
  readonly source: ChunkSource;
  readonly index: ChunkIndex;
}

interface PartPieces extends Pieces {
  at(position: number): PartPiece;
}

interface PartOverlaps {
  readonly position: number;
  readonly source: ChunkSource;
  readonly overlaps: ChunkOverlaps;
  /** Where the part's piece of the chunk begins in the chunk, along the axis. */
  readonly shift: number;
  /** Pieces of the parts before. */
  readonly before: number;
}

function planPieces({ parts, grid, fill }: Whole, index: ChunkIndex, shape: readonly number[]): PartPieces {
  const { axis } = parts;
  const touched = touchedParts(parts, { grid, index, shape });
  const last = touched.at(-1);
  return {
    count: last === undefined ? 0 : last.before + last.overlaps.count,
    at(position) {
      const found = touched[partOfPiece(touched, position)] as PartOverlaps; // a position below the count
      const { source, shift } = found;
      const overlap = found.overlaps.at(position - found.before);
      return {
        source,
        index: overlap.index,
        from: overlap.from,
        to: overlap.to.map((at, on) => (on === axis ? at + shift : at)),
        shape: overlap.shape,
        read: async (options) => {
          const chunk = await readerOf(parts, found, overlap)(overlap.index, options);
          return chunk ?? ownFill(source, overlap.index, fill);
        },
      };
    },
  };
}

interface WantedChunk {
  readonly grid: ChunkGrid;
  readonly index: ChunkIndex;
  readonly shape: readonly number[];
}

/** The parts of which a chunk of the whole has elements. */
function touchedParts(
  { axis, series, part }: ConcatenationParts,
  { grid, index, shape }: WantedChunk,
): PartOverlaps[] {
  const start = index.map((at, on) => at * (grid.chunkShape[on] ?? 1));
  const end = start.map((at, on) => at + (shape[on] ?? 0));
  const [first = 0, behind = 0] = [start[axis], end[axis]];
  const touched: PartOverlaps[] = [];
  let count = 0;
  for (let position = series.find(first); position < series.count; position += 1) {
    const offset = series.offset(position);
    if (offset >= behind) break;
    const low = Math.max(first, offset);
    const high = Math.min(behind, offset + series.length(position));
    if (low >= high) continue;
    const inPart = series.start(position) - offset;
    const source = part(position);
    const overlaps = boxOverlaps(source.grid, {
      start: start.map((at, on) => (on === axis ? low + inPart : at)),
      end: end.map((at, on) => (on === axis ? high + inPart : at)),
    });
    touched.push({ position, source, overlaps, shift: low - first, before: count });
    count += overlaps.count;
    if (count > MAX_SOURCE_CHUNKS) throw tooMany();
  }
  return touched;
}

function tooMany(): GatewayError {
  return new GatewayError("unsupported", `a chunk would be put together from more than ${MAX_SOURCE_CHUNKS}`);
}

/** The part that has a piece: the last that begins at it or before. */
function partOfPiece(touched: readonly PartOverlaps[], piece: number): number {
  let low = 0;
  let high = touched.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((touched[middle]?.before ?? 0) <= piece) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What is left of a chunk of a part is needed for another chunk of the whole. */
function readerOf(
  { keptOf }: ConcatenationParts,
  { position, source }: PartOverlaps,
  { index, shape }: ChunkOverlap,
): ChunkSource["read"] {
  const isWhole = clippedShape(source.grid, index).every((length, on) => length === shape[on]);
  if (isWhole || keptOf === undefined) return (at, options) => source.read(at, options);
  const read = keptChunks(source, keptOf(position));
  return (at, options = {}) => read(at, options);
}
