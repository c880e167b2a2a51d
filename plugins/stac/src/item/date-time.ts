/** What readers of RFC 3339 can take: four digits of a year, which Python begins at 1. */
const FIRST = "0001-01-01T00:00:00Z";
const LAST = "9999-12-31T23:59:59Z";

/** A time of a description as RFC 3339: years that it cannot say become the nearest that it can. */
export function validDateTime(text: string): string {
  if (/^(-|0000)/.test(text)) return FIRST;
  if (/^(\+|\d{5})/.test(text)) return LAST;
  return text;
}

/** Milliseconds since 1970 of an RFC 3339 text, NaN where it is none. */
export function momentOf(text: string): number {
  return Date.parse(text);
}
