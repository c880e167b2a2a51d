import { decodeInstant, formatInstant, timeCodingOf } from "@zarr-gateway/dataset";
import type { ViewerDimension } from "../src/viewer-field.ts";
import type { ArrayReader } from "./array-reader.ts";

/** Coordinates longer than this are not read for their labels. */
const MAX_LABELS = 200_000;

export type Labels = (position: number) => string;

/** What the positions along a dimension are called: their date, height or name; their number where nothing says more. */
export async function labelsOf(dimension: ViewerDimension, reader: ArrayReader): Promise<Labels> {
  const { coordinate, size } = dimension;
  const numbered: Labels = (position) => `${position} of 0…${size - 1}`;
  if (!coordinate || size > MAX_LABELS) return numbered;
  try {
    if (coordinate.kind === "text") {
      const texts = await reader.texts(coordinate.path, MAX_LABELS);
      return texts ? (position) => (texts[position] ?? "").slice(0, 100) : numbered;
    }
    const values = await reader.numbers(coordinate.path, undefined, coordinate.packing);
    const { unit = "", calendar = "standard" } = coordinate;
    const coding = coordinate.kind === "time" ? timeCodingOf({ units: unit, calendar }) : undefined;
    return (position) => {
      const value = values[position] ?? Number.NaN;
      const instant = coding && decodeInstant(coding, value);
      if (coding && instant) return shortTime(formatInstant(coding.calendar, instant));
      return Number.isNaN(value) ? `${position}` : `${formatNumber(value)} ${coding ? "" : unit}`.trim();
    };
  } catch {
    return numbered; // a coordinate that cannot be read here does not keep one from looking at the values
  }
}

function shortTime(text: string): string {
  const [date = "", time = ""] = text.split("T");
  const minutes = time.replace(/\.\d+$/, "").replace(/:00$/, "");
  return minutes === "00:00" ? date : `${date} ${minutes}`;
}

/** Five digits, without those that say nothing. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "missing";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(3);
  return String(Number(value.toPrecision(5)));
}
