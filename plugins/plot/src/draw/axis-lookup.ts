/** Finds the cell of an axis that a coordinate lies in. */
export interface AxisLookup {
  /** Position in the axis as it was given; −1 outside. */
  find(value: number): number;
  /** Outer edges, the lower first. */
  readonly low: number;
  readonly high: number;
  /** Edges of the cells in rising order, one more than there are cells. */
  readonly edges: Float64Array;
}

/** Ends of what an axis may reach: latitudes end at the poles. */
interface Ends {
  readonly low?: number;
  readonly high?: number;
}

/** Cells reach half of the way to their neighbours. Values that neither rise nor fall are put in order. */
export function axisLookup(values: Float64Array, ends: Ends = {}): AxisLookup {
  const order = orderOf(values);
  const edges = edgesOf(
    Float64Array.from(order, (at) => values[at] ?? Number.NaN),
    ends,
  );
  const search = searchIn(edges);
  return {
    edges,
    low: edges[0] ?? Number.NaN,
    high: edges.at(-1) ?? Number.NaN,
    find: (value) => {
      const at = search(value);
      return at < 0 ? -1 : (order[at] ?? -1);
    },
  };
}

/** Longitudes of any convention, all around the globe or not. */
export function longitudeLookup(values: Float64Array): AxisLookup {
  const lookup = axisLookup(unwrapped(values));
  const { low } = lookup;
  return {
    ...lookup,
    find: (value) => {
      const from = value - low;
      return lookup.find(low + from - 360 * Math.floor(from / 360));
    },
  };
}

/** 350, 359, 2, 11 become 350, 359, 362, 371: neighbours are less than half of the globe apart. */
function unwrapped(values: Float64Array): Float64Array {
  let turn = 0;
  return values.map((value, at) => {
    const previous = values[at - 1];
    if (previous !== undefined && value - previous > 180) turn -= 360;
    if (previous !== undefined && value - previous < -180) turn += 360;
    return value + turn;
  });
}

/** Positions in rising order of their values; what is no number is left out. */
function orderOf(values: Float64Array): Int32Array {
  const positions: number[] = [];
  for (let at = 0; at < values.length; at += 1) if (Number.isFinite(values[at])) positions.push(at);
  return Int32Array.from(positions).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}

function edgesOf(
  rising: Float64Array,
  { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }: Ends,
): Float64Array {
  const count = rising.length;
  const edges = new Float64Array(count + 1);
  if (count === 0) return edges.fill(Number.NaN);
  for (let at = 1; at < count; at += 1) edges[at] = ((rising[at - 1] ?? 0) + (rising[at] ?? 0)) / 2;
  const [first = 0, last = 0] = [rising[0], rising[count - 1]];
  const reach = (end: number, inner: number | undefined): number =>
    count > 1 ? Math.abs(end - (inner ?? end)) : 0.5;
  edges[0] = Math.max(low, first - reach(first, edges[1]));
  edges[count] = Math.min(high, last + reach(last, edges[count - 1]));
  return edges;
}

/** Arithmetic where the edges are evenly spread, halving else. */
function searchIn(edges: Float64Array): (value: number) => number {
  const count = edges.length - 1;
  const [low, high] = [edges[0] ?? Number.NaN, edges[count] ?? Number.NaN];
  const step = count > 2 ? ((edges[count - 1] ?? 0) - (edges[1] ?? 0)) / (count - 2) : 0;
  const isEven = step > 0 && isEvenlySpread(edges, step);
  const origin = (edges[1] ?? 0) - step;
  return (value) => {
    if (!(value >= low && value <= high)) return -1;
    if (isEven) {
      const at = Math.floor((value - origin) / step);
      return at < 0 ? 0 : at >= count ? count - 1 : at;
    }
    let from = 0;
    let until = count;
    while (until - from > 1) {
      const middle = (from + until) >> 1;
      if ((edges[middle] ?? 0) <= value) from = middle;
      else until = middle;
    }
    return from;
  };
}

function isEvenlySpread(edges: Float64Array, step: number): boolean {
  for (let at = 1; at + 2 < edges.length; at += 1) {
    if (Math.abs((edges[at + 1] ?? 0) - (edges[at] ?? 0) - step) > 1e-6 * step) return false;
  }
  return true;
}
