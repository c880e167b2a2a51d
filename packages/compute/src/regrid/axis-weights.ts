import { onTurn, turnOf } from "./circle.ts";
import type { TargetAxis } from "./target-grid.ts";
import { type Weights, WeightsBuilder } from "./weights.ts";

export type RegridMethod = "bilinear" | "nearest" | "conservative";

/** A coordinate along which the source's cells lie. */
export interface SourceAxis {
  readonly kind: "latitude" | "longitude";
  /** In degrees, rising or falling, in the order of the source. */
  readonly centres: Float64Array;
  /** Both edges of every cell, where the source tells them: 2 a centre. */
  readonly bounds?: Float64Array | undefined;
}

/** Tolerated beyond the first and last centre: coordinates are often float32. */
const ROUNDING = 1e-5;

/**
 * How values along one axis become those of the target. A closed circle of longitudes has no end; beyond the outermost
 * centres there is nothing, except between them and a pole that their cells reach.
 */
export function axisWeights(method: RegridMethod, source: SourceAxis, target: TargetAxis): Weights {
  const axis = risingAxis(source);
  const builder = new WeightsBuilder(target.centres.length, source.centres.length);
  const cells = method === "conservative" ? cellsOf(source, axis) : [];
  for (const [at, centre] of target.centres.entries()) {
    if (method === "conservative") {
      addOverlaps(builder, axis, cells, [target.edges[at] ?? 0, target.edges[at + 1] ?? 0]);
    } else addNeighbours(builder, axis, method, centre);
    builder.endTarget();
  }
  return builder.finish();
}

interface RisingAxis {
  readonly isLongitude: boolean;
  readonly isClosed: boolean;
  readonly order: Int32Array;
  readonly centres: Float64Array;
}

function risingAxis({ kind, centres }: SourceAxis): RisingAxis {
  if (kind === "longitude") return { isLongitude: true, ...turnOf(centres) };
  const order = Int32Array.from(centres, (_, at) => at).sort((a, b) => (centres[a] ?? 0) - (centres[b] ?? 0));
  return {
    isLongitude: false,
    isClosed: false,
    order,
    centres: Float64Array.from(order, (at) => centres[at] ?? 0),
  };
}

function addNeighbours(
  builder: WeightsBuilder,
  axis: RisingAxis,
  method: "bilinear" | "nearest",
  wanted: number,
): void {
  const { centres, order, isClosed, isLongitude } = axis;
  const [first = 0, last = 0] = [centres[0], centres.at(-1)];
  const end = centres.length - 1;
  const value = isLongitude ? onTurn(wanted, first) : wanted;
  const only = (at: number): void => builder.add(order[at] ?? 0, 1);
  if (value <= last + ROUNDING && value >= first - ROUNDING) {
    const low = Math.min(lowerBound(centres, value), Math.max(0, end - 1));
    const high = Math.min(low + 1, end);
    const share = fraction(value, centres[low] ?? 0, centres[high] ?? 0);
    addPair(builder, method, [order[low] ?? 0, order[high] ?? 0], share);
    return;
  }
  if (isClosed) {
    const share = fraction(value, last, first + 360);
    addPair(builder, method, [order[end] ?? 0, order[0] ?? 0], share);
    return;
  }
  // what lies before the first one comes round on the far side of the circle
  const [before, after] = [isLongitude ? first + 360 - value : first - value, value - last];
  const nearFirst = before > 0 && (after <= 0 || before < after);
  const spacing = spacingAt(centres, nearFirst);
  const isInCell = method === "nearest" && (nearFirst ? before : after) <= spacing / 2;
  const isAtPole = !isLongitude && (nearFirst ? first - spacing <= -90 : last + spacing >= 90);
  if (isInCell || isAtPole) only(nearFirst ? 0 : end);
}

function addPair(
  builder: WeightsBuilder,
  method: "bilinear" | "nearest",
  [low, high]: readonly [number, number],
  share: number,
): void {
  if (method === "nearest") builder.add(share < 0.5 ? low : high, 1);
  else {
    builder.add(low, 1 - share);
    builder.add(high, share);
  }
}

/** How far between two values, on them within rounding. */
function fraction(value: number, low: number, high: number): number {
  if (high <= low) return 0;
  const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
  if (share < 1e-9) return 0;
  return share > 1 - 1e-9 ? 1 : share;
}

/** Last position whose value is not above; 0 where all are. */
function lowerBound(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function spacingAt(centres: Float64Array, isFirst: boolean): number {
  if (centres.length < 2) return 0;
  return isFirst ? (centres[1] ?? 0) - (centres[0] ?? 0) : (centres.at(-1) ?? 0) - (centres.at(-2) ?? 0);
}

type Cell = readonly [low: number, high: number];

/** Cells in the order of the rising axis: from bounds, else half-way to the neighbours, latitudes up to the poles. */
function cellsOf({ bounds }: SourceAxis, { centres, order, isLongitude, isClosed }: RisingAxis): Cell[] {
  const end = centres.length - 1;
  return Array.from(centres, (centre, at): Cell => {
    if (bounds !== undefined) {
      const own = [bounds[2 * (order[at] ?? 0)] ?? 0, bounds[2 * (order[at] ?? 0) + 1] ?? 0] as const;
      const [low, high] = [Math.min(...own), Math.max(...own)];
      const turn = isLongitude ? 360 * Math.round((centre - (low + high) / 2) / 360) : 0;
      return [low + turn, high + turn];
    }
    const wrapped = isClosed ? 360 : undefined;
    const before = centres[at - 1] ?? (wrapped && (centres[end] ?? 0) - wrapped);
    const after = centres[at + 1] ?? (wrapped && (centres[0] ?? 0) + wrapped);
    const low = (centre + (before ?? 2 * centre - (after ?? centre))) / 2;
    const high = (centre + (after ?? 2 * centre - (before ?? centre))) / 2;
    return isLongitude ? [low, high] : [Math.max(-90, low), Math.min(90, high)];
  });
}

/** Shares of the target's area: of latitudes the sines count. */
function addOverlaps(
  builder: WeightsBuilder,
  { order, isLongitude }: RisingAxis,
  cells: readonly Cell[],
  edges: readonly [number, number],
): void {
  const [low, high] = [Math.min(...edges), Math.max(...edges)];
  for (const turn of isLongitude ? turnsInto(cells, [low, high]) : [0]) {
    for (let at = firstAbove(cells, low - turn); at < cells.length; at += 1) {
      const [cellLow, cellHigh] = cells[at] ?? [0, 0];
      if (cellLow + turn >= high) break;
      const [from, to] = [Math.max(cellLow + turn, low), Math.min(cellHigh + turn, high)];
      if (to - from > 1e-9) builder.add(order[at] ?? 0, isLongitude ? to - from : sine(to) - sine(from));
    }
  }
}

/** Whole turns that bring some of the cells into the range. */
function turnsInto(cells: readonly Cell[], [low, high]: Cell): number[] {
  const [first = 0, last = 0] = [cells[0]?.[0], cells.at(-1)?.[1]];
  const turns: number[] = [];
  for (let turn = Math.ceil((low - last) / 360); first + 360 * turn < high; turn += 1) turns.push(360 * turn);
  return turns;
}

/** Position of the first cell that reaches above a value. */
function firstAbove(cells: readonly Cell[], value: number): number {
  let [low, high] = [0, cells.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((cells[middle]?.[1] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sine(degrees: number): number {
  return Math.sin((degrees * Math.PI) / 180);
}
