import type { DatasetDescription } from "@zarr-gateway/dataset";
import { validDateTime } from "./date-time.ts";

/**
 * Fields of the forecast extension 0.2, of a forecast with one initial time: the extension knows no others. Of several
 * initial times `cube:dimensions` speaks.
 */
export function forecastFields({ time }: DatasetDescription): Readonly<Record<string, string>> {
  const { reference, lead } = time?.forecast ?? {};
  if (reference === undefined || lead === undefined || reference.count !== 1) return {};
  const isMoment = lead.first === lead.last;
  return {
    "forecast:reference_datetime": validDateTime(reference.first),
    // RFC 3339 has no length of time before a moment
    ...(isMoment && !lead.last.startsWith("-") && { "forecast:horizon": lead.last }),
    ...(!isMoment && { "forecast:duration": lead.span }),
  };
}
