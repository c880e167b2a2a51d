/** How members of a forecast shall differ from its control: otherwise than the forecast has them itself. */
export interface MemberNoise {
  /** Times the standard deviations that the model's package gives its first states; 0: none, 1 unless told. */
  readonly scale?: number;
  /** Each point for itself, whatever the length of correlation that the package has. */
  readonly isWhite?: boolean;
  /** A whole number that makes all random numbers others, those that networks take in too. */
  readonly seed?: number;
}

/** The same text for the same noise; undefined where it is the forecast's own. */
export function formatMemberNoise({ scale = 1, isWhite = false, seed }: MemberNoise): string | undefined {
  if (scale === 1 && !isWhite && seed === undefined) return undefined;
  // without noise it does not matter of which kind
  const kind = isWhite && scale !== 0 ? " white" : "";
  return `${scale}${kind}${seed === undefined ? "" : ` seed ${seed}`}`;
}
