import { parseIsoDuration } from "@zarr-gateway/primitives";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** As pandas and people write it: `36h`, `1.5 d`, `90min`. */
const SHORT = /^([+-]?\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/i;

/** Milliseconds of `36h`, `1.5d`, `PT36H`, `P1DT12H`; undefined for what is no length of time. */
export function lengthOfTime(text: string): number | undefined {
  const [, amount, unit = ""] = SHORT.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * (UNITS_MS[unit.toLowerCase()] ?? Number.NaN);
  return parseIsoDuration(text);
}
