import { type ChunkGrid, type ChunkIndex, type ChunkSource, isInsideGrid } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { assembledVersion, assembleParts, chosenGrid } from "./concatenated-assembly.ts";
import { PartOffsets } from "./part-offsets.ts";
import { passedChunks } from "./passed-chunks.ts";

/** Sources laid one after the other along one axis. Parts are asked for when they are needed: there may be many. */
export interface ConcatenationParts {
  readonly axis: number;
  /** Elements of each part along the axis that are used. */
  readonly lengths: ArrayLike<number>;
  /** The first element of each part that is used; zeros where absent. */
  readonly starts?: ArrayLike<number>;
  /** True where all parts have the type, chunks and length of the first: then only that one is looked at. */
  readonly areAlike?: boolean;
  /** Cheap: what it knows of itself is known without reading. */
  part(position: number): ChunkSource;
}

/** Where a chunk of the whole lies: in which part, and there at which index. */
export interface PartChunk {
  readonly source: ChunkSource;
  readonly index: ChunkIndex;
}

/**
 * One source along `axis`. Where every part but the last is a whole number of chunks, and all have the same chunks,
 * chunk i of the whole *is* chunk j of part k, and stored ones pass untouched. Otherwise chunks are put together from
 * the parts.
 * @throws GatewayError unsupported where parts do not fit together
 */
export function concatenated(parts: ConcatenationParts): ChunkSource {
  const first = parts.part(0);
  const offsets = new PartOffsets(parts.lengths);
  checkParts(parts, first);
  const shape = first.grid.shape.map((length, axis) => (axis === parts.axis ? offsets.total : length));
  const isAligned = areAligned(parts, (source) => source.grid);
  const grid: ChunkGrid = {
    shape,
    chunkShape: isAligned ? first.grid.chunkShape : chosenGrid(parts, shape),
  };
  const find = (chunkShape: readonly number[], index: ChunkIndex): PartChunk =>
    locateChunk(parts, offsets, chunkShape, index);
  const stored = passedChunks(parts, shape, { areAligned, find });
  if (first.storedOnly !== undefined && stored === undefined) {
    throw new GatewayError(
      "unsupported",
      "chunks of a codec that is not known can only be passed on as they lie",
    );
  }
  return {
    dtype: first.dtype,
    fill: first.fill,
    grid,
    ...(first.storedOnly !== undefined && { storedOnly: first.storedOnly }),
    ...(stored && { stored }),
    ...(stored && (!isAligned || first.isAssembled) && { isAssembled: true as const }),
    ...(first.version && {
      async version(index, options = {}) {
        if (!isInsideGrid(grid, index)) return undefined;
        if (!isAligned) return assembledVersion({ parts, offsets, grid, fill: first.fill }, index, options);
        const found = find(grid.chunkShape, index);
        return found.source.version?.(found.index, options);
      },
    }),
    async read(index, options = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      if (!isAligned) return assembleParts({ parts, offsets, grid, fill: first.fill }, index, options);
      const found = find(grid.chunkShape, index);
      return found.source.read(found.index, options);
    },
  };
}

function checkParts({ axis, lengths, part, areAlike }: ConcatenationParts, first: ChunkSource): void {
  if (areAlike) return;
  for (let position = 1; position < lengths.length; position += 1) {
    const { dtype, grid, storedOnly } = part(position);
    const fits =
      dtype === first.dtype &&
      storedOnly === first.storedOnly &&
      grid.shape.length === first.grid.shape.length &&
      grid.shape.every((length, at) => at === axis || length === first.grid.shape[at]);
    if (!fits)
      throw new GatewayError("unsupported", `part ${position + 1} has another type or shape than the first`);
  }
}

/** True where a chunk of the whole never holds elements of two parts, nor elements that are not used. */
function areAligned(
  { axis, lengths, starts, part, areAlike }: ConcatenationParts,
  gridOf: (source: ChunkSource) => ChunkGrid | undefined,
): boolean {
  const first = gridOf(part(0));
  if (first === undefined) return false;
  const length = first.chunkShape[axis] ?? 1;
  for (let position = 0; position < lengths.length; position += 1) {
    const grid = areAlike ? first : gridOf(part(position));
    if (!grid || !isEqual(grid.chunkShape, first.chunkShape)) return false;
    const start = starts?.[position] ?? 0;
    const end = start + (lengths[position] ?? 0);
    const isLast = position === lengths.length - 1;
    if (start % length !== 0 || (end % length !== 0 && !(isLast && end === grid.shape[axis]))) return false;
  }
  return true;
}

function locateChunk(
  { axis, starts, part }: ConcatenationParts,
  offsets: PartOffsets,
  chunkShape: readonly number[],
  index: ChunkIndex,
): PartChunk {
  const length = chunkShape[axis] ?? 1;
  const element = (index[axis] ?? 0) * length;
  const position = offsets.find(element);
  const inPart = (starts?.[position] ?? 0) + element - offsets.start(position);
  return { source: part(position), index: index.map((at, on) => (on === axis ? inPart / length : at)) };
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, position) => value === b[position]));
}
