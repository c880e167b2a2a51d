const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
export const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/;

/** `2s` in milliseconds; the text must fit `DURATION`. */
export function parseDuration(text: string): number {
  const [, amount = "0", unit = "ms"] = DURATION.exec(text) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? 1);
}
