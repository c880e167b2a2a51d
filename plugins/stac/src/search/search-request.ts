import type { BoundingBox } from "@zarr-gateway/dataset";
import { type Area, parseGeometry } from "./area.ts";
import type { Expression } from "./cql2.ts";
import { invalid } from "./invalid.ts";

export type Interval = readonly [startMs: number, endMs: number];

export interface SortKey {
  readonly field: string;
  readonly isDescending: boolean;
}

export interface Fields {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A search as both GET and POST say it. */
export interface SearchRequest {
  readonly collections: readonly string[] | undefined;
  readonly ids: readonly string[] | undefined;
  readonly bbox: BoundingBox | undefined;
  readonly intersects: Area | undefined;
  /** Half open where an end is infinite. */
  readonly interval: Interval | undefined;
  /** Any of them. */
  readonly words: readonly string[];
  readonly filter: Expression | undefined;
  readonly sort: readonly SortKey[];
  readonly fields: Fields | undefined;
  readonly limit: number;
  readonly offset: number;
}

export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 1000;
/** Lists with more entries are not searches that a person or a program means. */
const MAX_ENTRIES = 10_000;

export function parseLimit(value: unknown): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const number =
    typeof value === "number" ? value : /^\d{1,15}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number) || number < 1) throw invalid("limit", "a whole number from 1", value);
  return Math.min(number, MAX_LIMIT);
}

/** The place where a page begins, as a link to it says. */
export function parseToken(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "string" && /^\d{1,9}$/.test(value)) return Number(value);
  throw invalid("token", "a token of a link to the next or previous page", value);
}

export function parseTexts(field: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string"))
    throw invalid(field, "a list of texts", value);
  if (value.length > MAX_ENTRIES) throw invalid(field, `${MAX_ENTRIES} entries at most`, value.length);
  return value;
}

/** Four numbers, or six with heights, which nothing here has. RFC 7946 §5. */
export function parseBox(value: unknown, field = "bbox"): BoundingBox | undefined {
  if (value === undefined || value === null) return undefined;
  const isNumbers = Array.isArray(value) && value.every((number) => Number.isFinite(number));
  if (!isNumbers || (value.length !== 4 && value.length !== 6)) throw invalid(field, "4 or 6 numbers", value);
  const numbers = value as readonly number[]; // just checked
  const [west = 0, south = 0, east = 0, north = 0] =
    numbers.length === 4 ? numbers : [numbers[0], numbers[1], numbers[3], numbers[4]];
  if (south > north) throw invalid(field, "the south below the north", value);
  if (numbers.length === 6 && (numbers[2] ?? 0) > (numbers[5] ?? 0))
    throw invalid(field, "the lowest height before the highest", value);
  if (Math.abs(south) > 90 || Math.abs(north) > 90) throw invalid(field, "latitudes from -90 to 90", value);
  if (Math.abs(west) > 360 || Math.abs(east) > 360)
    throw invalid(field, "longitudes from -180 to 180", value);
  if (Math.abs(west) <= 180 && Math.abs(east) <= 180) return [west, south, east, north];
  if (east - west >= 360) return [-180, south, 180, north];
  return [turned(west), south, turned(east), north];
}

/** Some clients count on beyond the antimeridian. */
function turned(longitude: number): number {
  if (Math.abs(longitude) <= 180) return longitude;
  return longitude > 180 ? longitude - 360 : longitude + 360;
}

export function parseIntersects(value: unknown): Area | undefined {
  return value === undefined || value === null ? undefined : parseGeometry("intersects", value);
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})([.,]\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 text; undefined where it is none. */
export function parseMoment(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match || match[7]?.startsWith(",") === true) return undefined;
  const [, , month = "", day = "", hour = "", minute = "", second = ""] = match;
  if (
    Number(month) < 1 ||
    Number(month) > 12 ||
    Number(day) < 1 ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 60
  )
    return undefined;
  // a leap second is the end of its minute
  const moment = Date.parse(text.toUpperCase().replace(/:60(?=[.Z+-])/, ":59"));
  if (Number.isNaN(moment)) return undefined;
  return new Date(Date.UTC(Number(match[1]), Number(month) - 1, Number(day))).getUTCDate() === Number(day) ||
    Number(match[1]) < 100
    ? moment
    : undefined;
}

/** A moment, or two of which one may be open: `2000-01-01T00:00:00Z/..`. */
export function parseInterval(value: unknown, field = "datetime"): Interval | undefined {
  if (value === undefined || value === null) return undefined;
  const expected = "an RFC 3339 date and time, or two with a slash between, of which one may be ..";
  if (typeof value !== "string" || value === "") throw invalid(field, expected, value);
  const ends = value.split("/");
  const moments = ends.map((end) => (end === "" || end === ".." ? null : parseMoment(end)));
  const [start, end] = moments.length === 1 ? [moments[0], moments[0]] : moments;
  if (moments.length > 2 || start === undefined || end === undefined) throw invalid(field, expected, value);
  if (start === null && end === null) throw invalid(field, expected, value);
  if (start !== null && end !== null && start > end) throw invalid(field, "the start before the end", value);
  return [start ?? Number.NEGATIVE_INFINITY, end ?? Number.POSITIVE_INFINITY];
}
