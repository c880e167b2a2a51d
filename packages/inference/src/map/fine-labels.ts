/**
 * Labels of cells `factor` times finer: middles of equal parts of each cell, whose ends lie halfway between labels.
 * @param bounds least and greatest place that there is, such as the poles
 */
export function fineLabels(
  labels: readonly number[],
  factor: number,
  bounds: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number[] {
  if (factor === 1) return [...labels];
  const [least, greatest] = bounds;
  const inside = (end: number): number => Math.min(greatest, Math.max(least, end));
  return labels.flatMap((label, at) => {
    const [from, to] = [inside(edge(labels, at)), inside(edge(labels, at + 1))];
    if (from === to) return Array.from({ length: factor }, () => label);
    return Array.from({ length: factor }, (_, part) => from + ((part + 0.5) * (to - from)) / factor);
  });
}

/** Between the cells at − 1 and at; beyond the ends as far out as the nearest label is in. */
function edge(labels: readonly number[], at: number): number {
  const before = labels[at - 1];
  const after = labels[at];
  if (before !== undefined && after !== undefined) return (before + after) / 2;
  const [end = 0, inner = end + 1] = before === undefined ? [after, labels[1]] : [before, labels.at(-2)];
  // a single label is taken for one of many that lie 1 apart
  if (labels.length < 2) return before === undefined ? end - 0.5 : end + 0.5;
  return end + (end - inner) / 2;
}
