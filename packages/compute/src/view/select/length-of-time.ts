const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** As pandas and people write it: `36h`, `1.5 d`, `90min`. */
const SHORT = /^([+-]?\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/i;
/** ISO 8601 without years and months, which have no length. */
const ISO = /^([+-]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;

/** Milliseconds of `36h`, `1.5d`, `PT36H`, `P1DT12H`; undefined for what is no length of time. */
export function lengthOfTime(text: string): number | undefined {
  const [, amount, unit = ""] = SHORT.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * (UNITS_MS[unit.toLowerCase()] ?? Number.NaN);
  const [whole, sign = "", ...parts] = ISO.exec(text) ?? [];
  if (whole === undefined || parts.every((part) => part === undefined)) return undefined;
  const [days, hours, minutes, seconds] = parts.map((part) => Number((part as string | undefined) ?? 0)); // groups that are not there are undefined
  const ms = ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  return sign === "-" ? -ms : ms;
}
