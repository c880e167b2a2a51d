import {
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  filledValues,
  isInsideGrid,
  type StoredChunks,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ConcatenationParts, PartChunk } from "./concatenation-parts.ts";

interface Passing {
  readonly areAligned: (
    parts: ConcatenationParts,
    gridOf: (source: ChunkSource) => ChunkGrid | undefined,
  ) => boolean;
  readonly find: (chunkShape: readonly number[], index: ChunkIndex) => PartChunk;
}

/** The stored chunks of all parts as those of the whole, untouched; undefined where they do not line up. */
export function passedChunks(
  parts: ConcatenationParts,
  shape: readonly number[],
  { areAligned, find }: Passing,
): StoredChunks | undefined {
  const { stored: first, fill } = parts.part(0);
  if (!first || !areAligned(parts, ({ stored }) => stored?.grid)) return undefined;
  const codecs = JSON.stringify(first.codecs);
  let canLocate = first.locate !== undefined;
  const count = parts.areAlike ? 1 : parts.series.count;
  for (let position = 1; position < count; position += 1) {
    const { stored, fill: partFill } = parts.part(position);
    if (!stored || !isSameFill(partFill, fill)) return undefined;
    if (stored.codecs !== first.codecs && JSON.stringify(stored.codecs) !== codecs) return undefined;
    canLocate &&= stored.locate !== undefined;
  }
  const grid = { shape, chunkShape: first.grid.chunkShape };
  const at = (index: ChunkIndex): { stored: StoredChunks; index: ChunkIndex } | undefined => {
    if (!isInsideGrid(grid, index)) return undefined;
    const { source, index: inPart } = find(grid.chunkShape, index);
    return source.stored && { stored: source.stored, index: inPart };
  };
  return {
    grid,
    codecs: first.codecs,
    async read(index, options) {
      const chunk = at(index);
      return chunk?.stored.read(chunk.index, options);
    },
    async stat(index, options) {
      const chunk = at(index);
      return chunk?.stored.stat(chunk.index, options);
    },
    ...(canLocate && {
      async locate(index, options) {
        const chunk = at(index);
        return chunk?.stored.locate?.(chunk.index, options);
      },
    }),
  };
}

/**
 * Sources with an unknown codec can be passed on as they lie, and in no other way.
 * @throws GatewayError unsupported where their stored chunks are not those of the whole
 */
export function checkPassable(
  { storedOnly }: Pick<ChunkSource, "storedOnly">,
  stored: StoredChunks | undefined,
): void {
  if (storedOnly === undefined || stored !== undefined) return;
  throw new GatewayError(
    "unsupported",
    "chunks of a codec that is not known can only be passed on as they lie",
  );
}

/** Missing chunks must read as the same value wherever they are missing. */
export function isSameFill(a: ChunkSource["fill"], b: ChunkSource["fill"]): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return a.length === b.length && [...a].every((value, position) => Object.is(value, b[position]));
}

/** What a chunk that was never written reads as, where that is not what the whole reads as. */
export function ownFill(
  source: ChunkSource,
  index: ChunkIndex,
  fill: ChunkSource["fill"],
): Chunk | undefined {
  if (isSameFill(source.fill, fill)) return undefined;
  const shape = clippedShape(source.grid, index);
  return { shape, values: filledValues(source.dtype, elementCount(shape), source.fill) };
}
