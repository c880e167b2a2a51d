import { parseIsoDuration } from "@zarr-gateway/primitives";

export const ISO_DURATION = "an ISO 8601 duration such as PT6H or P1D, without months and years";

/** Whole milliseconds of a step or an offset, which is longer than nothing; undefined for anything else. */
export function stepDuration(text: string): number | undefined {
  const ms = parseIsoDuration(text);
  return ms !== undefined && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}
