/** Positions start, start + step, …; steps may be negative, never 0. */
export interface Run {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** What is taken along one dimension, in this order. */
export interface AxisSelection {
  readonly runs: readonly Run[];
  /** All positions together, at least 1. */
  readonly length: number;
  /** True where the dimension goes, as after an index that is one number. */
  readonly isDropped: boolean;
}

/** Consecutive elements of the result that lie in one chunk of the source. */
export interface Segment {
  /** Position of the chunk along the dimension. */
  readonly chunk: number;
  /** Where the first of them lies in the chunk. */
  readonly from: number;
  readonly step: number;
  readonly count: number;
  /** Where the first of them lies in the part that was asked for. */
  readonly to: number;
}

export function wholeAxis(length: number): AxisSelection {
  return { runs: [{ start: 0, step: 1, count: length }], length, isDropped: false };
}

export function onePosition(position: number): AxisSelection {
  return { runs: [{ start: position, step: 1, count: 1 }], length: 1, isDropped: true };
}

/** Any positions, as few runs as they allow. */
export function positionsSelection(positions: readonly number[]): AxisSelection {
  const runs: { start: number; step: number; count: number }[] = [];
  for (const position of positions) {
    const run = runs.at(-1);
    if (run?.count === 1 && position !== run.start) {
      run.step = position - run.start;
      run.count = 2;
    } else if (run !== undefined && position === run.start + run.count * run.step && run.count > 1)
      run.count += 1;
    else runs.push({ start: position, step: 1, count: 1 });
  }
  return { runs, length: positions.length, isDropped: false };
}

/** Source position of one element of the result. */
export function positionAt({ runs }: AxisSelection, at: number): number {
  let rest = at;
  for (const { start, step, count } of runs) {
    if (rest < count) return start + rest * step;
    rest -= count;
  }
  return -1;
}

/** The part [start, end) of the result, cut where the chunks of the source end. */
export function segmentsOf(
  { runs }: AxisSelection,
  { start, end }: { readonly start: number; readonly end: number },
  chunkLength: number,
): Segment[] {
  const segments: Segment[] = [];
  let before = 0;
  for (const run of runs) {
    const low = Math.max(start - before, 0);
    const high = Math.min(end - before, run.count);
    for (let at = low; at < high; ) {
      const position = run.start + at * run.step;
      const chunk = Math.floor(position / chunkLength);
      const from = position - chunk * chunkLength;
      const room = run.step > 0 ? chunkLength - 1 - from : from;
      const count = Math.min(high - at, Math.floor(room / Math.abs(run.step)) + 1);
      segments.push({ chunk, from, step: run.step, count, to: before + at - start });
      at += count;
    }
    before += run.count;
    if (before >= end) break;
  }
  return segments;
}

/** Chunks of the source that hold a part of it, each once. */
export function chunksTouched(selection: AxisSelection, chunkLength: number): Set<number> {
  const touched = new Set<number>();
  for (const { start, step, count } of selection.runs) {
    const stride = Math.max(1, Math.floor(chunkLength / Math.abs(step)));
    for (let at = 0; at < count; at += stride) touched.add(Math.floor((start + at * step) / chunkLength));
    touched.add(Math.floor((start + (count - 1) * step) / chunkLength));
  }
  return touched;
}
