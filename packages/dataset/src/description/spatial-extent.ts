/** West, south, east, north in degrees; west is greater than east where the box crosses the antimeridian. */
export type BoundingBox = readonly [west: number, south: number, east: number, north: number];

/** Scattered longitudes whose widest gap is below this, or not much wider than the usual one, go all around the globe. */
const RING_GAP_DEGREES = 5;
const RING_GAP_RATIO = 2.5;

/**
 * The smallest box around points. Longitudes may be of any convention (0…360, −180…180); a ring of them all around the
 * globe is −180…180. Values that are no place on Earth (fill values such as 1e30 in real files) are not counted.
 * Undefined where no point is left.
 */
export function boundingBox(longitudes: Float64Array, latitudes: Float64Array): BoundingBox | undefined {
  const south = extreme(latitudes, 90, Math.min);
  const north = extreme(latitudes, 90, Math.max);
  const range = longitudeRange(longitudes);
  if (range === undefined || !Number.isFinite(south) || !Number.isFinite(north)) return undefined;
  return [range[0], south, range[1], north];
}

function extreme(values: Float64Array, limit: number, choose: (a: number, b: number) => number): number {
  let result = Number.NaN;
  for (const value of values) {
    if (!(Math.abs(value) <= limit + 1e-4)) continue;
    const clamped = Math.max(-limit, Math.min(limit, value));
    result = Number.isNaN(result) ? clamped : choose(result, clamped);
  }
  return result;
}

/** Along an axis from one end to the other; of points in no order from the one after the widest gap to the one before it. */
function longitudeRange(longitudes: Float64Array): readonly [west: number, east: number] | undefined {
  const values = longitudes.filter((value) => Math.abs(value) <= 720);
  return values.length > 1 && isMonotonic(values) ? axisRange(values) : scatteredRange(values);
}

function axisRange(axis: Float64Array): readonly [west: number, east: number] {
  const ends = [axis[0] ?? 0, axis.at(-1) ?? 0];
  const west = Math.min(...ends);
  const east = Math.max(...ends);
  const step = (east - west) / (axis.length - 1);
  const isRing = axis.length > 3 && east - west + RING_GAP_RATIO * step >= 360;
  return isRing || east - west >= 360 ? [-180, 180] : [normalLongitude(west), normalLongitude(east)];
}

function isMonotonic(values: Float64Array): boolean {
  const isRising = (values[1] ?? 0) > (values[0] ?? 0);
  return values.every((value, position) => {
    const previous = values[position - 1];
    return previous === undefined || (isRising ? value > previous : value < previous);
  });
}

/** Degrees of one bin. Only the outermost values of each are kept: sorting millions of values would take too long. */
const BIN_DEGREES = 0.5;

function scatteredRange(values: Float64Array): readonly [west: number, east: number] | undefined {
  const runs = occupiedBins(values);
  const first = runs[0];
  if (first === undefined) return undefined;
  const gaps = runs.map(({ east }, position) => (runs[position + 1]?.west ?? first.west + 360) - east);
  const widest = gaps.reduce((best, gap, position) => (gap > (gaps[best] ?? 0) ? position : best), 0);
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 360;
  const isRing = (gaps[widest] ?? 360) <= Math.max(RING_GAP_RATIO * usual, RING_GAP_DEGREES);
  if (runs.length > 3 && isRing) return [-180, 180];
  return [(runs[widest + 1] ?? first).west, (runs[widest] ?? first).east];
}

function occupiedBins(values: Float64Array): { west: number; east: number }[] {
  const bins = new Map<number, { west: number; east: number }>();
  for (const value of values) {
    const longitude = normalLongitude(value);
    const position = Math.floor((longitude + 180) / BIN_DEGREES);
    const bin = bins.get(position);
    if (bin === undefined) bins.set(position, { west: longitude, east: longitude });
    else if (longitude < bin.west) bin.west = longitude;
    else if (longitude > bin.east) bin.east = longitude;
  }
  return [...bins.values()].toSorted((a, b) => a.west - b.west);
}

/** −180 up to, but without, 180; 180 itself stays, so that a box may end there. */
function normalLongitude(value: number): number {
  if (value >= -180 && value <= 180) return value;
  const turned = ((((value + 180) % 360) + 360) % 360) - 180;
  return Math.round(turned * 1e9) / 1e9; // the turn leaves noise in the last digits
}
