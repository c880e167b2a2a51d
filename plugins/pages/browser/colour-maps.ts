/** Colours at even distances, `rrggbb`; between them they are mixed. The first five are matplotlib's, sampled. */
const STOPS = new Map<string, string>(
  Object.entries({
    viridis: "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
    inferno: "000004 160b39 420a68 6a176e 932667 bc3754 dd513a f37819 fca50a f6d746 fcffa4",
    coolwarm: "3b4cc0 5977e3 7b9ff9 9ebeff c0d4f5 dddcdc f2cbb7 f7ac8e ee8468 d65244 b40426",
    turbo:
      "30123b 4145ab 4675ed 39a2fc 1bcfd4 24eca6 61fc6c a4fc3b d1e834 f3c63a fe9b2d f36315 d93806 b11901 7a0402",
    blues: "f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b",
    greys: "111111 303030 505050 707070 909090 b0b0b0 d0d0d0 f0f0f0",
  }),
);

export function colourMaps(): readonly string[] {
  return [...STOPS.keys()];
}

/** One more map, or another one of the same name, before the others. */
export function addColourMap(name: string, stops: string): void {
  const others = [...STOPS].filter(([known]) => known !== name);
  STOPS.clear();
  for (const [known, own] of [[name, stops] as const, ...others]) STOPS.set(known, own);
}
const SHADES = 256;

/** 256 colours as `ImageData` has its pixels: alpha, blue, green, red in one number (little-endian). */
export function shadesOf(name: string): Uint32Array {
  const stops = (STOPS.get(name) ?? STOPS.get("viridis") ?? "")
    .split(" ")
    .map((hex) => Number.parseInt(hex, 16));
  return Uint32Array.from({ length: SHADES }, (_, shade) => {
    const place = (shade / (SHADES - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const mix = (shift: number): number => {
      const from = ((stops[low] ?? 0) >> shift) & 255;
      const to = ((stops[low + 1] ?? 0) >> shift) & 255;
      return Math.round(from + (to - from) * (place - low));
    };
    return ((255 << 24) | (mix(0) << 16) | (mix(8) << 8) | mix(16)) >>> 0;
  });
}

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** From the 2nd to the 98th percentile of a sample, so that single values do not take all colours. */
export function robustRange(values: Float64Array): ValueRange | undefined {
  const step = Math.max(1, Math.floor(values.length / 50_000));
  const sample: number[] = [];
  for (let at = 0; at < values.length; at += step) {
    const value = values[at] ?? Number.NaN;
    if (Number.isFinite(value)) sample.push(value);
  }
  if (sample.length === 0) return fullRange(values);
  sample.sort((a, b) => a - b);
  const at = (part: number): number => sample[Math.round(part * (sample.length - 1))] ?? 0;
  return widened({ min: at(0.02), max: at(0.98) }, fullRange(values));
}

export function fullRange(values: Float64Array): ValueRange | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

/** A range without length says nothing: then all values, and around a single one a little. */
function widened(range: ValueRange, whole: ValueRange | undefined): ValueRange {
  if (range.min < range.max) return range;
  if (whole && whole.min < whole.max) return whole;
  const margin = Math.abs(range.min) * 0.01 || 1;
  return { min: range.min - margin, max: range.max + margin };
}
