import { modulo } from "../circle.ts";
import type { TargetAxis, TargetGrid } from "../target-grid.ts";
import { type Weights, WeightsBuilder } from "../weights.ts";
import type { CellOutlines } from "./cell-corners.ts";

/** Corners as longitude in degrees and sine of latitude: areas in this plane are areas on the sphere. */
type Polygon = readonly (readonly [x: number, y: number])[];

const RADIANS = Math.PI / 180;
/** Wider cells are grids folded over, not cells. */
const WIDEST_CELL = 120;

/** By the area that each cell of the source shares with each cell of the target; sides are straight in the plane. */
export function conservativeWeights(outlines: CellOutlines, target: TargetGrid): Weights {
  const { corners, longitudes } = outlines;
  const sourceCount = longitudes.length / corners;
  const [rows, columns] = [target.lat.centres.length, target.lon.centres.length];
  const latitudes = intervalsOf(target.lat, (edge) => Math.sin(edge * RADIANS));
  const meridians = intervalsOf(target.lon, (edge) => edge);
  const shares: Shares = { cells: [], sources: [], areas: [] };
  for (let cell = 0; cell < sourceCount; cell += 1) {
    const polygon = polygonOf(outlines, cell);
    if (polygon !== undefined) addShares(shares, { polygon, cell, latitudes, meridians, columns });
  }
  return collected(shares, rows * columns, sourceCount);
}

interface Shares {
  readonly cells: number[];
  readonly sources: number[];
  readonly areas: number[];
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

function intervalsOf({ edges }: TargetAxis, place: (edge: number) => number): Interval[] {
  return Array.from({ length: edges.length - 1 }, (_, at) => {
    const [a, b] = [place(edges[at] ?? 0), place(edges[at + 1] ?? 0)];
    return { low: Math.min(a, b), high: Math.max(a, b) };
  });
}

/** Without jumps at the date line; a cell around a pole goes up to it. undefined where a corner is missing. */
function polygonOf({ corners, longitudes, latitudes }: CellOutlines, cell: number): Polygon | undefined {
  const polygon: [number, number][] = [];
  let before = longitudes[cell * corners] ?? Number.NaN;
  for (let corner = 0; corner <= corners; corner += 1) {
    const at = cell * corners + (corner % corners);
    const [longitude, latitude] = [longitudes[at] ?? Number.NaN, latitudes[at] ?? Number.NaN];
    if (Number.isNaN(longitude) || Number.isNaN(latitude)) return undefined;
    before += modulo(longitude - before + 180, 360) - 180;
    polygon.push([before, Math.sin(latitude * RADIANS)]);
  }
  const [first, last] = [polygon[0], polygon.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const turned = last[0] - first[0];
  if (Math.abs(turned) > 180) {
    const pole = polygon.reduce((sum, [, y]) => sum + y, 0) > 0 ? 1 : -1;
    return [...polygon, [last[0], pole], [first[0], pole]];
  }
  polygon.pop();
  const width = Math.max(...polygon.map(([x]) => x)) - Math.min(...polygon.map(([x]) => x));
  // a corner on the pole has every longitude
  return width > WIDEST_CELL && !polygon.some(([, y]) => Math.abs(y) > 0.9999) ? undefined : polygon;
}

interface Adding {
  readonly polygon: Polygon;
  readonly cell: number;
  readonly latitudes: readonly Interval[];
  readonly meridians: readonly Interval[];
  readonly columns: number;
}

function addShares(shares: Shares, { polygon, cell, latitudes, meridians, columns }: Adding): void {
  const [west, east] = extent(polygon, 0);
  const [south, north] = extent(polygon, 1);
  for (const row of touching(latitudes, south, north)) {
    const band = latitudes[row];
    const strip = band && clipped(clipped(polygon, 1, band.low, 1), 1, band.high, -1);
    if (strip === undefined || strip.length < 3) continue;
    for (let turn = Math.ceil((west - (meridians.at(-1)?.high ?? 0)) / 360) - 1; ; turn += 1) {
      const shift = 360 * turn;
      const lowest = Math.min(meridians[0]?.low ?? 0, meridians.at(-1)?.low ?? 0);
      if (lowest + shift > east) break;
      for (const column of touching(meridians, west - shift, east - shift)) {
        const slot = meridians[column];
        const part = slot && clipped(clipped(strip, 0, slot.low + shift, 1), 0, slot.high + shift, -1);
        const area = part === undefined || part.length < 3 ? 0 : areaOf(part);
        if (area < 1e-14) continue;
        shares.cells.push(row * columns + column);
        shares.sources.push(cell);
        shares.areas.push(area);
      }
    }
  }
}

/** Positions of intervals, which rise or fall without gaps, that a range touches. */
function* touching(intervals: readonly Interval[], low: number, high: number): Generator<number> {
  const [first, last] = [intervals[0], intervals.at(-1)];
  if (first === undefined || last === undefined) return;
  const isRising = last.low >= first.low;
  let [from, to] = [0, intervals.length - 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const { low: a = 0, high: b = 0 } = intervals[middle] ?? {};
    if (isRising ? b <= low : a >= high) from = middle + 1;
    else to = middle;
  }
  for (let at = from; at < intervals.length; at += 1) {
    const { low: a = 0, high: b = 0 } = intervals[at] ?? {};
    if (isRising ? a >= high : b <= low) return;
    if (b > low && a < high) yield at;
  }
}

/** Sutherland and Hodgman: the part on one side of a line along an axis. */
function clipped(polygon: Polygon, axis: 0 | 1, limit: number, side: 1 | -1): Polygon {
  const result: (readonly [number, number])[] = [];
  for (const [at, point] of polygon.entries()) {
    const next = polygon[(at + 1) % polygon.length];
    if (next === undefined) continue;
    const [a, b] = [side * (point[axis] - limit), side * (next[axis] - limit)];
    if (a >= 0) result.push(point);
    if (a > 0 === b > 0 || a === 0 || b === 0) continue;
    const share = a / (a - b);
    const cut: [number, number] = [
      point[0] + share * (next[0] - point[0]),
      point[1] + share * (next[1] - point[1]),
    ];
    cut[axis] = limit;
    result.push(cut);
  }
  return result;
}

function areaOf(polygon: Polygon): number {
  let sum = 0;
  const [x0, y0] = polygon[0] ?? [0, 0];
  for (const [at, [x, y]] of polygon.entries()) {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length] ?? [0, 0];
    sum += (x - x0) * (nextY - y0) - (nextX - x0) * (y - y0);
  }
  return Math.abs(sum) / 2;
}

function extent(polygon: Polygon, axis: 0 | 1): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of polygon) {
    low = Math.min(low, point[axis]);
    high = Math.max(high, point[axis]);
  }
  return [low, high];
}

/** Sorted by target. */
function collected({ cells, sources, areas }: Shares, count: number, sourceCount: number): Weights {
  const starts = new Int32Array(count + 1);
  for (const cell of cells) starts[cell + 1] = (starts[cell + 1] ?? 0) + 1;
  for (let at = 1; at <= count; at += 1) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
  const next = starts.slice();
  const order = new Int32Array(cells.length);
  for (const [entry, cell] of cells.entries()) {
    const at = next[cell] ?? 0;
    order[at] = entry;
    next[cell] = at + 1;
  }
  const builder = new WeightsBuilder(count, sourceCount);
  for (let target = 0; target < count; target += 1) {
    for (let at = starts[target] ?? 0; at < (starts[target + 1] ?? 0); at += 1) {
      const entry = order[at] ?? 0;
      builder.add(sources[entry] ?? 0, areas[entry] ?? 0);
    }
    builder.endTarget();
  }
  return builder.finish();
}
