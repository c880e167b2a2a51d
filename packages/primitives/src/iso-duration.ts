/** Weeks, days, hours, minutes, seconds: months and years have no length of their own. */
const PATTERN =
  /^([+-])?P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000] as const;
const DAY_MS = 86_400_000;

/**
 * Milliseconds of `PT6H`, `P1DT12H`, `-PT0.5S`; undefined for what is no length of time, or one of months and years. Only the
 * smallest unit that is there may have a fraction.
 * @see ISO 8601-1 §5.5.2
 */
export function parseIsoDuration(text: string): number | undefined {
  const [whole, sign, ...parts] = PATTERN.exec(text.trim()) ?? [];
  const given = parts.findLastIndex((part: string | undefined) => part !== undefined);
  if (whole === undefined || given === -1) return undefined;
  if (parts.some((part: string | undefined, at) => at < given && part?.includes("."))) return undefined;
  const length = UNITS_MS.reduce((sum, unit, at) => sum + unit * Number(parts[at] ?? 0), 0);
  const ms = Math.round(length * 1000) / 1000; // 1.1 hours are whole milliseconds
  return sign === "-" ? -ms : ms;
}

/** `PT6H`, `P1DT12H`, `PT0S`. @param ms finite */
export function formatIsoDuration(ms: number): string {
  const size = Math.abs(ms);
  const days = Math.floor(size / DAY_MS);
  const rest = size - days * DAY_MS;
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor((rest % 3_600_000) / 60_000);
  const seconds = (rest % 60_000) / 1000;
  const time = [
    hours > 0 ? `${hours}H` : "",
    minutes > 0 ? `${minutes}M` : "",
    seconds > 0 || size === 0 ? `${seconds}S` : "",
  ].join("");
  return `${ms < 0 ? "-" : ""}P${days > 0 ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
}
