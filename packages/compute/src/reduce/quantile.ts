/** The values that are there, in rising order; of the named places where not of all. The array is a part of `buffer`. */
export function sortedPresent(
  values: Float32Array | Float64Array,
  places: Int32Array | undefined,
  buffer: Float32Array | Float64Array,
): Float32Array | Float64Array {
  let count = 0;
  const length = places?.length ?? values.length;
  for (let at = 0; at < length; at += 1) {
    const value = values[places === undefined ? at : (places[at] ?? 0)] ?? 0;
    if (!Number.isNaN(value)) buffer[count++] = value;
  }
  return buffer.subarray(0, count).sort();
}

/**
 * The value below which a share of sorted values lies, interpolated between neighbours as numpy's "linear" method does;
 * NaN of none. The median is the mean of the two in the middle.
 */
export function quantileOf(
  sorted: Float32Array | Float64Array,
  wanted: "median" | number,
  isSingle: boolean,
): number {
  const { length } = sorted;
  if (length === 0) return Number.NaN;
  if (wanted === "median") {
    const upper = sorted[length >> 1] ?? 0;
    if (length % 2 === 1) return upper;
    const sum = (sorted[(length >> 1) - 1] ?? 0) + upper;
    return (isSingle ? Math.fround(sum) : sum) / 2;
  }
  const place = wanted * (length - 1);
  const below = Math.floor(place);
  const share = place - below;
  const [low, high] = [sorted[below] ?? 0, sorted[Math.min(below + 1, length - 1)] ?? 0];
  const difference = isSingle ? Math.fround(high - low) : high - low;
  return share >= 0.5 ? high - difference * (1 - share) : low + difference * share;
}
