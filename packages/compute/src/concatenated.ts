import { type ChunkGrid, type ChunkIndex, type ChunkSource, isInsideGrid } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { assembledVersion, assembleParts, chosenGrid } from "./concatenated-assembly.ts";
import type { ConcatenationParts, PartChunk } from "./concatenation-parts.ts";
import { checkPassable, ownFill, passedChunks } from "./passed-chunks.ts";

/**
 * One source along `axis`. Where every part but the last is a whole number of chunks, and all have the same chunks,
 * chunk i of the whole *is* chunk j of part k, and stored ones pass untouched. Otherwise chunks are put together from
 * the parts.
 * @throws GatewayError unsupported where parts do not fit together
 */
export function concatenated(parts: ConcatenationParts): ChunkSource {
  const first = parts.part(0);
  checkParts(parts, first);
  const shape = first.grid.shape.map((length, axis) => (axis === parts.axis ? parts.series.total : length));
  const isAligned = areAligned(parts, (source) => source.grid);
  const grid: ChunkGrid = {
    shape,
    chunkShape: isAligned ? first.grid.chunkShape : chosenGrid(parts, shape),
  };
  const find = (chunkShape: readonly number[], index: ChunkIndex): PartChunk =>
    locateChunk(parts, chunkShape, index);
  const stored = passedChunks(parts, shape, { areAligned, find });
  checkPassable(first, stored);
  const whole = { parts, grid, fill: first.fill };
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
        if (!isAligned) return assembledVersion(whole, index, options);
        const found = find(grid.chunkShape, index);
        return found.source.version?.(found.index, options);
      },
    }),
    async read(index, options = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      if (!isAligned) return assembleParts(whole, index, options);
      const found = find(grid.chunkShape, index);
      const chunk = await found.source.read(found.index, options);
      return chunk ?? ownFill(found.source, found.index, first.fill);
    },
  };
}

function checkParts({ axis, series, part, areAlike }: ConcatenationParts, first: ChunkSource): void {
  if (areAlike) return;
  for (let position = 1; position < series.count; position += 1) {
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
  { axis, series, part, areAlike }: ConcatenationParts,
  gridOf: (source: ChunkSource) => ChunkGrid | undefined,
): boolean {
  const first = gridOf(part(0));
  if (first === undefined) return false;
  for (let position = 1; position < series.count && areAlike !== true; position += 1) {
    const grid = gridOf(part(position));
    if (grid === undefined || !isEqual(grid.chunkShape, first.chunkShape)) return false;
  }
  const lengthOf = (position: number): number =>
    (areAlike ? first : gridOf(part(position)))?.shape[axis] ?? 0;
  return series.isAlignedTo(first.chunkShape[axis] ?? 1, lengthOf);
}

function locateChunk(
  { axis, series, part }: ConcatenationParts,
  chunkShape: readonly number[],
  index: ChunkIndex,
): PartChunk {
  const length = chunkShape[axis] ?? 1;
  const element = (index[axis] ?? 0) * length;
  const position = series.find(element);
  const inPart = series.start(position) + element - series.offset(position);
  return { source: part(position), index: index.map((at, on) => (on === axis ? inPart / length : at)) };
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, position) => value === b[position]));
}
