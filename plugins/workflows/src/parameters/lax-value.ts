import { durationMs, formatIsoDuration, formatIsoTime, parseIsoTime } from "@zarr-gateway/plugin";

/** A value of the type that was asked for, or what is wrong with it. */
export type Lax = { readonly value: unknown } | { readonly message: string };

const TRUE = new Set(["true", "1", "yes", "y", "on", "t"]);
const FALSE = new Set(["false", "0", "no", "n", "off", "f"]);
const INTEGER = /^\s*[+-]?\d+(?:\.0*)?\s*$/;
const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** As pydantic without `strict` does: `"10"` is 10, `true` is 1; a fraction is no integer. */
export function laxInteger(value: unknown): Lax {
  if (typeof value === "boolean") return { value: Number(value) };
  if (typeof value === "string") {
    if (!INTEGER.test(value))
      return { message: "Input should be a valid integer, unable to parse string as an integer" };
    return safeInteger(Number(value));
  }
  if (typeof value !== "number" || !Number.isFinite(value))
    return { message: "Input should be a valid integer" };
  if (!Number.isInteger(value))
    return { message: "Input should be a valid integer, got a number with a fractional part" };
  return safeInteger(value);
}

function safeInteger(value: number): Lax {
  return Number.isSafeInteger(value) ? { value } : { message: "Input should be an integer below 2^53" };
}

export function laxNumber(value: unknown): Lax {
  if (typeof value === "boolean") return { value: Number(value) };
  if (typeof value === "number" && Number.isFinite(value)) return { value };
  if (typeof value !== "string") return { message: "Input should be a valid number" };
  const number = NUMBER.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number)
    ? { value: number }
    : { message: "Input should be a valid number, unable to parse string as a number" };
}

export function laxBoolean(value: unknown): Lax {
  if (typeof value === "boolean") return { value };
  const word = String(value).toLowerCase();
  const isPlain = typeof value === "string" || typeof value === "number";
  if (isPlain && TRUE.has(word)) return { value: true };
  if (isPlain && FALSE.has(word)) return { value: false };
  return { message: "Input should be a valid boolean, unable to interpret input" };
}

/** Texts with a format come back in one spelling: times in UTC without a zone, lengths of time as ISO 8601. */
export function laxString(value: unknown, format: unknown): Lax {
  if (format === "duration" && typeof value === "number") return laxDuration(value);
  if (typeof value !== "string")
    return { message: `Input should be a valid ${format === "date-time" ? "datetime" : "string"}` };
  if (format === "date-time") {
    const time = parseIsoTime(value);
    return time
      ? { value: formatIsoTime(time) }
      : { message: "Input should be a valid datetime in ISO 8601" };
  }
  if (format === "duration") return laxDuration(NUMBER.test(value) ? Number(value) : value);
  return { value };
}

function laxDuration(value: string | number): Lax {
  const length = durationMs(value);
  return length === undefined
    ? { message: "Input should be a valid duration: ISO 8601, hours:minutes:seconds or seconds" }
    : { value: formatIsoDuration(length) };
}
