/** What the project wants of itself, beside what was measured. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** undefined: nothing to compare with. */
  readonly isMet: boolean | undefined;
}

export const MEBIBYTE = 1024 ** 2;

export function atMost(what: string, measured: number, limit: number, unit: string): Goal {
  const digits = measured < 20 ? 2 : 0;
  return {
    what,
    goal: `≤ ${limit} ${unit}`,
    measured: Number.isNaN(measured) ? "–" : `${measured.toFixed(digits)} ${unit}`,
    isMet: Number.isNaN(measured) ? undefined : measured <= limit,
  };
}
