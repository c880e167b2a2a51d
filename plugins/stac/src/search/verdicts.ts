/** For every record one of three values, as in SQL: unknown where a property that is asked for is absent. */
export type Verdicts = Uint8Array<ArrayBuffer>;

export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;

/** By both verdicts, the first times three. */
const AND = Uint8Array.of(0, 0, 0, 0, 1, 2, 0, 2, 2);
const OR = Uint8Array.of(0, 1, 2, 1, 1, 1, 2, 1, 2);

export function verdictOf(value: boolean | undefined): number {
  if (value === undefined) return UNKNOWN;
  return value ? TRUE : FALSE;
}

export function conjunction(parts: readonly Verdicts[]): Verdicts {
  return combined(parts, AND);
}

export function disjunction(parts: readonly Verdicts[]): Verdicts {
  return combined(parts, OR);
}

/** In place. */
export function negated(verdicts: Verdicts): Verdicts {
  for (let at = 0; at < verdicts.length; at += 1) {
    const verdict = verdicts[at];
    if (verdict !== UNKNOWN) verdicts[at] = verdict === TRUE ? FALSE : TRUE;
  }
  return verdicts;
}

/** Into the first, which nobody else has. */
function combined([first, ...others]: readonly Verdicts[], table: Uint8Array): Verdicts {
  const result = first as Verdicts; // of one part at least
  for (const other of others)
    for (let at = 0; at < result.length; at += 1)
      result[at] = table[3 * (result[at] as number) + (other[at] as number)] as number; // inside both
  return result;
}
