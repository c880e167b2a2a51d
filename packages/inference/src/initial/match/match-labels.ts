/** What labels are compared with. */
export interface WantedLabels {
  readonly labels: readonly number[];
  /** True for degrees of longitude, of which 350 and -10 are the same. */
  readonly isCircular: boolean;
}

/** Of the smallest distance between two neighbours. */
const TOLERANCE = 1e-4;
const FLOAT32_EPSILON = 2 ** -23;
const TURN = 360;

/**
 * Position of each wanted label among the given ones, in any order; undefined where they are not the same labels.
 * @param given NaN where missing
 * @param isSingle true where the given ones were rounded to float32
 */
export function labelPositions(
  { labels, isCircular }: WantedLabels,
  given: ArrayLike<number>,
  isSingle = false,
): Int32Array | undefined {
  if (given.length !== labels.length) return undefined;
  const tolerance = TOLERANCE * smallestStep(labels);
  const allowed = (label: number): number => tolerance + (isSingle ? FLOAT32_EPSILON * Math.abs(label) : 0);
  // also what stands twice on a circle, 0 and 360
  const isSame = labels.every((label, at) => Math.abs((given[at] ?? Number.NaN) - label) <= allowed(label));
  if (isSame) return Int32Array.from(labels.keys());
  const reduced = (value: number): number => (isCircular ? value - TURN * Math.floor(value / TURN) : value);
  const order = Array.from({ length: given.length }, (_, at) => ({
    at,
    value: reduced(given[at] ?? Number.NaN),
  }));
  order.sort((a, b) => a.value - b.value);
  const positions = new Int32Array(labels.length);
  const taken = new Uint8Array(labels.length);
  for (const [position, label] of labels.entries()) {
    const at = nearest(order, reduced(label), isCircular);
    const found = order[at];
    if (found === undefined || taken[found.at] === 1) return undefined;
    const away = Math.abs(found.value - reduced(label));
    if (!((isCircular ? Math.min(away, TURN - away) : away) <= allowed(label))) return undefined;
    taken[found.at] = 1;
    positions[position] = found.at;
  }
  return positions;
}

/** The place of the value next to a label; around the circle where it is one. */
function nearest(order: readonly { readonly value: number }[], label: number, isCircular: boolean): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle]?.value ?? Number.NaN) < label) low = middle + 1;
    else high = middle;
  }
  const last = order.length - 1;
  const around = isCircular ? [low - 1, low, 0, last] : [low - 1, low];
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const at of around) {
    const value = order[at]?.value;
    if (value === undefined) continue;
    const away = Math.abs(value - label);
    const distance = isCircular ? Math.min(away, TURN - away) : away;
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

function smallestStep(labels: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (const [at, label] of labels.entries()) {
    const next = labels[at + 1];
    if (next !== undefined) step = Math.min(step, Math.abs(next - label));
  }
  return Number.isFinite(step) ? step : 1;
}
