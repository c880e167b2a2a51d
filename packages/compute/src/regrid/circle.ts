/** Longitudes brought to one rising turn, without the gap that they leave. */
export interface Turn {
  /** Position of each in the source, rising by longitude. */
  readonly order: Int32Array;
  /** In degrees, rising, less than 360 apart. */
  readonly centres: Float64Array;
  /** True where the last one has the first one for its neighbour. */
  readonly isClosed: boolean;
}

const ROUNDING = 1e-6;

/** Remainder that is never negative. */
export function modulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

/** Which way round the longitudes go: from behind their largest gap. What stands twice (0 and 360) counts once. */
export function turnOf(longitudes: Float64Array): Turn {
  const known = longitudes
    .reduce<{ readonly at: number; readonly value: number }[]>((list, longitude, at) => {
      const value = modulo(longitude, 360);
      list.push({ at, value: 360 - value < ROUNDING ? 0 : value });
      return list;
    }, [])
    .sort((a, b) => a.value - b.value || a.at - b.at)
    .filter(({ value }, at, all) => at === 0 || value - (all[at - 1]?.value ?? 0) > ROUNDING);
  const gaps = known.map(({ value }, at) => (known[at + 1]?.value ?? (known[0]?.value ?? 0) + 360) - value);
  const largest = gaps.indexOf(Math.max(...gaps));
  const rising = [...known.slice(largest + 1), ...known.slice(0, largest + 1)];
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? 360;
  const start = rising[0]?.value ?? 0;
  return {
    order: Int32Array.from(rising, ({ at }) => at),
    centres: Float64Array.from(rising, ({ value }) => (value < start ? value + 360 : value)),
    isClosed: known.length > 1 && (gaps[largest] ?? 360) <= 1.5 * usual,
  };
}

/** The same longitude on the turn that begins at `start`; just below it is taken for it. */
export function onTurn(longitude: number, start: number): number {
  const turned = modulo(longitude - start, 360);
  return start + (360 - turned < ROUNDING ? 0 : turned);
}
