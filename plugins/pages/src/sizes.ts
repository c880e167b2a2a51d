const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes for people: `4.0 MiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** power;
  return `${scaled >= 10 || power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[power] ?? ""}`;
}

/** `2001-01-01 to 2005-12-31`; one date where both are the same day. */
export function formatPeriod(start: string, end: string): string {
  const [from, to] = [dayOf(start), dayOf(end)];
  return from === to ? from : `${from} to ${to}`;
}

export function dayOf(rfc3339: string): string {
  return rfc3339.replace(/T.*$/, "");
}

const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/;
const DURATION_WORDS = ["year", "month", "day", "hour", "minute", "second"];

/** How often, of an ISO 8601 duration: `6 hours` for `PT6H`, `month` for `P1M`. */
export function formatStep(duration: string): string {
  const words = formatLength(duration);
  return /^1 \w+$/.test(words) ? words.slice(2) : words;
}

/** How long, of an ISO 8601 duration: `10 days` for `P10D`, `1 day 12 hours` for `P1DT12H`. */
export function formatLength(duration: string): string {
  const counts = DURATION.exec(duration)?.slice(1) ?? [];
  const parts = DURATION_WORDS.flatMap((word, position) => {
    const count = counts[position];
    return count === undefined ? [] : [`${count} ${word}${count === "1" ? "" : "s"}`];
  });
  return parts.length === 0 ? duration : parts.join(" ");
}
