/** How neighbouring tiles become one where they overlap. */
export type Blend = "linear" | "cut";

export interface AxisTilingOptions {
  /** Cells of the axis. */
  readonly length: number;
  /** Cells of a tile along it. */
  readonly tile: number;
  /** Cells that neighbouring tiles share, fewer than a tile has. */
  readonly overlap: number;
  readonly blend: Blend;
  /** Whether the first cell is beside the last. */
  readonly isCircular: boolean;
  /** Result cells for one of the axis. */
  readonly scale: number;
}

/** Tiles along one axis, all of one length, and how much of a result cell comes from which. */
export interface AxisTiling {
  readonly length: number;
  readonly scale: number;
  /** Cells of every tile; on a circle there may be more of them than the axis has. */
  readonly tile: number;
  /** First cell of each tile; its cells go on at the beginning of a circle. */
  readonly starts: readonly number[];
  /** Of each tile, one for each of its result cells; those of one result cell sum to 1. */
  readonly weights: readonly Float64Array[];
}

/**
 * Covers an axis with as few tiles as have the overlap, spread evenly. Where a single tile is, its weight is exactly 1.
 * Linear: weights rise over the overlap from a tile's edge. Cut: each cell is that of the tile in which it lies deepest.
 */
export function axisTiling(options: AxisTilingOptions): AxisTiling {
  const { length, scale } = options;
  const tile = tileLength(options);
  const starts = startsOf(options, tile);
  const depths = starts.map((start) => depthsOf(options, { start, tile }));
  const raw =
    options.blend === "cut"
      ? deepest(depths, { options, starts })
      : depths.map((depth) => depth.map((cells) => Math.min(1, cells / (options.overlap * scale + 1))));
  return { length, scale, tile, starts, weights: normalized(raw, { options, starts }) };
}

function tileLength({ length, tile, overlap, isCircular }: AxisTilingOptions): number {
  return isCircular && tile >= length + overlap ? length + overlap : Math.min(tile, length);
}

function startsOf({ length, overlap, isCircular }: AxisTilingOptions, tile: number): number[] {
  const stride = tile - overlap;
  if (isCircular && tile <= length && (tile < length || overlap > 0)) {
    const count = Math.ceil(length / stride);
    return Array.from({ length: count }, (_, i) => Math.round((i * length) / count));
  }
  if (tile >= length) return [0];
  const count = Math.ceil((length - overlap) / stride);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)));
}

interface TileSpan {
  readonly start: number;
  readonly tile: number;
}

/** Result cells to the nearest edge of the tile, itself included; the end of an axis is no edge. */
function depthsOf({ length, isCircular, scale }: AxisTilingOptions, { start, tile }: TileSpan): Float64Array {
  const cells = tile * scale;
  const hasLeft = isCircular || start > 0;
  const hasRight = isCircular || start + tile < length;
  return Float64Array.from({ length: cells }, (_, cell) =>
    Math.min(
      hasLeft ? cell + 1 : Number.POSITIVE_INFINITY,
      hasRight ? cells - cell : Number.POSITIVE_INFINITY,
    ),
  );
}

interface Spread {
  readonly options: AxisTilingOptions;
  readonly starts: readonly number[];
}

/** Result cell of the axis for one of a tile. */
function resultCell({ options: { length, scale }, starts }: Spread, tile: number, cell: number): number {
  return ((starts[tile] ?? 0) * scale + cell) % (length * scale);
}

function deepest(depths: readonly Float64Array[], spread: Spread): Float64Array[] {
  const owners = new Map<number, { tile: number; cell: number; depth: number }>();
  for (const [tile, of] of depths.entries()) {
    for (const [cell, depth] of of.entries()) {
      const place = resultCell(spread, tile, cell);
      const owner = owners.get(place);
      if (owner === undefined || depth > owner.depth) owners.set(place, { tile, cell, depth });
    }
  }
  return depths.map((of, tile) =>
    of.map((_, cell) => {
      const owner = owners.get(resultCell(spread, tile, cell));
      return owner?.tile === tile && owner.cell === cell ? 1 : 0;
    }),
  );
}

function normalized(raw: readonly Float64Array[], spread: Spread): Float64Array[] {
  const { length, scale } = spread.options;
  const sums = new Float64Array(length * scale);
  for (const [tile, of] of raw.entries()) {
    for (const [cell, weight] of of.entries()) {
      const place = resultCell(spread, tile, cell);
      sums[place] = (sums[place] ?? 0) + weight;
    }
  }
  return raw.map((of, tile) =>
    of.map((weight, cell) => weight / (sums[resultCell(spread, tile, cell)] ?? 1)),
  );
}
