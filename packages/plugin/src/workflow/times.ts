import { z } from "zod";

/** Date and time with T or a space between them; minutes and what follows may be missing, no zone means UTC. */
const TIME =
  /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
/** ISO 8601 without months and years, which have no length. */
const DURATION =
  /^([+-])?P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000] as const;
const DAY_MS = 86_400_000;

/**
 * A point in time among the parameters of a workflow: ISO 8601 in a request, a `Date` in `run`. Lists of defaults go by
 * `prefault(["2024-01-01T00:00:00"])`, so that they look as requests do.
 */
export function isoTime() {
  return z
    .string()
    .meta({ format: "date-time" })
    .transform((text, context) => {
      const time = parseIsoTime(text);
      if (time !== undefined) return time;
      context.addIssue({ code: "custom", message: "Input should be a valid ISO 8601 datetime", input: text });
      return z.NEVER;
    });
}

/** A length of time among the parameters of a workflow: ISO 8601 or seconds in a request, milliseconds in `run`. */
export function duration() {
  return z
    .union([z.string(), z.number()])
    .meta({ format: "duration" })
    .transform((value, context) => {
      const length = typeof value === "number" ? value * 1000 : parseIsoDuration(value);
      if (length !== undefined && Number.isFinite(length)) return length;
      context.addIssue({
        code: "custom",
        message: "Input should be a valid ISO 8601 duration",
        input: value,
      });
      return z.NEVER;
    });
}

/** `2024-01-01T00`, `2024-01-01 00:00:00Z`, …; undefined for what has no time of day or does not exist. */
export function parseIsoTime(text: string): Date | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hours, minutes = "0", seconds = "0", fraction = "", zone = ""] = match;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  const isReal = new Date(date).getUTCDate() === Number(day) && Number(month) <= 12;
  if (!isReal || h > 23 || m > 59 || s > 59) return undefined;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return new Date(date + ((h * 60 + m) * 60 + s) * 1000 + milliseconds - zoneMs(zone));
}

/** UTC without a zone, as Earth2Studio writes it: `2024-01-01T00:00:00`, with milliseconds only where there are some. */
export function formatIsoTime(time: Date): string {
  return time
    .toISOString()
    .replace(/(?:\.000)?Z$/, "")
    .replace(/Z$/, "");
}

/** Milliseconds of `PT6H`, `P1DT30M`; undefined for anything else. */
export function parseIsoDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null || /^[+-]?P$/i.test(text.trim())) return undefined;
  const [, sign, ...parts] = match;
  const length = UNITS_MS.reduce((sum, unit, at) => sum + unit * Number(parts[at] ?? 0), 0);
  return sign === "-" ? -length : length;
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

function zoneMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const [, sign, hours, minutes = "0"] = match;
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -size : size;
}
