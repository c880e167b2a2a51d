const PATTERN =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000];

export const ISO_DURATION = "an ISO 8601 duration such as PT6H or P1D, without months and years";

/**
 * Milliseconds of an ISO 8601 duration; undefined where it is none, is not longer than nothing, or has months or years,
 * which have no length of their own.
 * @see ISO 8601-1 §5.5.2
 */
export function parseIsoDuration(text: string): number | undefined {
  const parts = PATTERN.exec(text)?.slice(1);
  if (parts === undefined || text.endsWith("T")) return undefined;
  const given = parts.findLastIndex((part) => part !== undefined);
  // only the smallest unit that is there may have a fraction
  if (parts.some((part, position) => position < given && part?.includes("."))) return undefined;
  const ms = parts.reduce((sum, part, position) => sum + Number(part ?? 0) * (UNITS_MS[position] ?? 0), 0);
  return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}
