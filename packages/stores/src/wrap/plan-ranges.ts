/** Where one of the ranges asked for lies inside a joint read. */
export interface PlannedPart {
  /** Position in the list that was asked for. */
  readonly position: number;
  /** First byte, counted from the start of the joint read. */
  readonly offset: number;
  readonly length: number;
}
export interface PlannedRead {
  readonly offset: number;
  readonly length: number;
  readonly parts: readonly PlannedPart[];
}
export interface RangePlanLimits {
  /** Bytes that may be read for nothing to save one request. */
  readonly maxGapBytes: number;
  /** Longest joint read; a single range may be longer. */
  readonly maxReadBytes: number;
}

/** Joins ranges that overlap or lie close together into few reads, in order of offset. */
export function planRanges(
  ranges: readonly { readonly offset: number; readonly length: number }[],
  limits: RangePlanLimits,
): PlannedRead[] {
  const sorted = ranges
    .map((range, position) => ({ ...range, position }))
    .sort((a, b) => a.offset - b.offset);
  const reads: { offset: number; length: number; parts: PlannedPart[] }[] = [];
  for (const { offset, length, position } of sorted) {
    const last = reads.at(-1);
    const end = offset + length;
    const joined = last && Math.max(last.offset + last.length, end) - last.offset;
    if (
      last &&
      joined !== undefined &&
      offset - (last.offset + last.length) <= limits.maxGapBytes &&
      // what lies inside a read anyway costs nothing
      (joined <= limits.maxReadBytes || joined === last.length)
    ) {
      last.length = joined;
      last.parts.push({ position, offset: offset - last.offset, length });
    } else {
      reads.push({ offset, length, parts: [{ position, offset: 0, length }] });
    }
  }
  return reads;
}
