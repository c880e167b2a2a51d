import { parseIsoDuration } from "@zarr-gateway/primitives";
import { z } from "zod";

export { formatIsoDuration, parseIsoDuration } from "@zarr-gateway/primitives";

/** Date and time with T or a space between them; minutes and what follows may be missing, no zone means UTC. */
const TIME =
  /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
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

/** Days, hours and minutes as Python writes them: `1 day, 6:00:00`, `06:00`, `2d`. */
const CLOCK =
  /^([+-])?(?:(\d+) ?d(?:ays?)?(?:,? ?(?=\d)|$))?(?:(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?)?$/i;
/** Of Python's `timedelta`. */
const MAX_DURATION_MS = 999_999_999 * 86_400_000;

/** A length of time among the parameters of a workflow: ISO 8601, `1 day, 6:00:00` or seconds in a request, milliseconds in `run`. */
export function duration() {
  return z
    .union([z.string(), z.number()])
    .meta({ format: "duration" })
    .transform((value, context) => {
      const length = durationMs(value);
      if (length !== undefined) return length;
      context.addIssue({
        code: "custom",
        message: "Input should be a valid ISO 8601 duration",
        input: value,
      });
      return z.NEVER;
    });
}

/** Milliseconds of `PT6H`, of `1 day, 6:00:00` and of seconds; undefined for what is none, or longer than any. */
export function durationMs(value: string | number): number | undefined {
  const length = typeof value === "number" ? value * 1000 : (parseIsoDuration(value) ?? parseClock(value));
  return length !== undefined && Math.abs(length) <= MAX_DURATION_MS ? length : undefined;
}

/** Undefined also for `6:00`, which could be minutes as well. */
function parseClock(text: string): number | undefined {
  const [whole, sign, days, hours, minutes, seconds] = CLOCK.exec(text.trim()) ?? [];
  if (whole === undefined || (days === undefined && hours === undefined)) return undefined;
  if (hours !== undefined && hours.length < 2 && seconds === undefined) return undefined;
  const size = Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60;
  const ms = Math.round((size + Number(seconds ?? 0)) * 1e6) / 1e3;
  return sign === "-" ? -ms : ms;
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

function zoneMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const [, sign, hours, minutes = "0"] = match;
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -size : size;
}
