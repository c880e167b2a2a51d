import type { AxisTiling } from "./axis-tiling.ts";

/** One tile: its number along each axis. */
export type TileIndex = readonly number[];

/** All tiles of a grid, the last axis fastest. */
export function tilesOf(axes: readonly AxisTiling[]): TileIndex[] {
  let tiles: number[][] = [[]];
  for (const { starts } of axes)
    tiles = tiles.flatMap((tile) => Array.from(starts.keys(), (number) => [...tile, number]));
  return tiles;
}

/** Numbers of one field that a tile has: `layers` are its levels. */
export function tileOfField(
  field: Float32Array,
  {
    axes,
    tile,
    layers,
  }: { readonly axes: readonly AxisTiling[]; readonly tile: TileIndex; readonly layers: number },
): Float32Array {
  const spans = axes.map(({ starts, tile: count, length }, axis) => ({
    start: starts[tile[axis] ?? 0] ?? 0,
    count,
    length,
  }));
  const values = new Float32Array(layers * spans.reduce((product, { count }) => product * count, 1));
  forRows(spans, layers, ({ row, own, length, start, count }) => {
    // a row goes on at its beginning where the axis is a circle
    for (let done = 0; done < count; ) {
      const from = (start + done) % length;
      const run = Math.min(count - done, length - from);
      values.set(field.subarray(row + from, row + from + run), own + done);
      done += run;
    }
  });
  return values;
}

/** Adds what a tile gives to the whole. Where its weight is 0 nothing of it is looked at, so that NaN stays behind. */
export function addTile(
  whole: Float32Array,
  values: Float32Array,
  {
    axes,
    tile,
    layers,
  }: { readonly axes: readonly AxisTiling[]; readonly tile: TileIndex; readonly layers: number },
): void {
  const spans = axes.map(({ starts, tile: count, length, scale }, axis) => ({
    start: (starts[tile[axis] ?? 0] ?? 0) * scale,
    count: count * scale,
    length: length * scale,
  }));
  const weights = axes.map((axis, number) => axis.weights[tile[number] ?? 0] ?? new Float64Array(0));
  const inner = weights.at(-1) ?? new Float64Array(0);
  forRows(spans, layers, ({ row, own, length, start, count, outer }) => {
    const factor = outer.reduce((product, cell, axis) => product * (weights[axis]?.[cell] ?? 0), 1);
    if (factor === 0) return;
    for (let done = 0; done < count; ) {
      const from = (start + done) % length;
      const run = Math.min(count - done, length - from);
      const to = whole.subarray(row + from, row + from + run);
      addRun(to, values.subarray(own + done, own + done + run), {
        factor,
        weights: inner.subarray(done, done + run),
      });
      done += run;
    }
  });
}

function addRun(
  to: Float32Array,
  values: Float32Array,
  { factor, weights }: { readonly factor: number; readonly weights: Float64Array },
): void {
  for (let cell = 0; cell < to.length; cell++) {
    const weight = factor * (weights[cell] as number); // one for each cell
    if (weight === 1)
      to[cell] = values[cell] as number; // nothing else is added there
    else if (weight !== 0) to[cell] = (to[cell] as number) + weight * (values[cell] as number);
  }
}

interface Span {
  readonly start: number;
  readonly count: number;
  /** Of the axis. */
  readonly length: number;
}

interface Row extends Span {
  /** Offset of the row in the whole field, and in the tile. */
  readonly row: number;
  readonly own: number;
  /** Cells of the tile along all axes but the last. */
  readonly outer: readonly number[];
}

/** Calls for each row of a tile: its cells along the last axis. */
function forRows(spans: readonly Span[], layers: number, visit: (row: Row) => void): void {
  const last = spans.at(-1);
  if (last === undefined) return;
  const before = spans.slice(0, -1);
  const rows = before.reduce((product, { count }) => product * count, 1);
  const wholeRows = before.reduce((product, { length }) => product * length, 1);
  for (let layer = 0; layer < layers; layer++) {
    for (let number = 0; number < rows; number++) {
      const outer = digits(number, before);
      const place = before.reduce(
        (sum, { start, length }, axis) => sum * length + ((start + (outer[axis] ?? 0)) % length),
        0,
      );
      const row = (layer * wholeRows + place) * last.length;
      visit({ ...last, row, own: (layer * rows + number) * last.count, outer });
    }
  }
}

/** A number's cells along each axis, the last fastest. */
function digits(number: number, spans: readonly Span[]): number[] {
  const cells = new Array<number>(spans.length);
  let rest = number;
  for (let axis = spans.length - 1; axis >= 0; axis--) {
    const { count } = spans[axis] as Span; // axis < length
    cells[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  return cells;
}
