const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A number and its unit, such as `2s` or `1.5 h`. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/;

/** `2s` in milliseconds, or undefined where the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * (UNIT_MS[unit] ?? 1));
}
