import { type Conversion, decodeValues, toNumbers, type ValueCoding } from "@zarr-gateway/compute";
import { stridesOf, type Values } from "@zarr-gateway/dataset";

/** A part of a field: some of its levels, or all of it. */
export interface FieldPiece {
  /** As stored, in C order. */
  readonly values: Values;
  readonly shape: readonly number[];
  /** Where its levels go, and where they lie in it; one of both for a field without levels. */
  readonly levels: readonly { readonly to: number; readonly from: number }[];
}

export interface FieldJob {
  readonly pieces: readonly FieldPiece[];
  readonly coding: ValueCoding | undefined;
  readonly conversion: Conversion | undefined;
  /** Position among the pieces' dimensions, where there is one of levels. */
  readonly levelAxis: number | undefined;
  readonly levelCount: number;
  /** Of the model's grid: dimension of the pieces, and place along it of each label. */
  readonly grid: readonly { readonly axis: number; readonly positions: Int32Array }[];
  /** What stands in place of NaN; it stays where absent. */
  readonly missingAs: number | undefined;
}

export interface Field {
  /** Levels, grid in C order, in the model's units. */
  readonly values: Float32Array;
  /** Values that were NaN. */
  readonly missing: number;
}

/** Stored values in the model's order and units: computed in float64, rounded once. */
export function madeField(job: FieldJob): Field {
  const size = job.grid.reduce((product, { positions }) => product * positions.length, 1);
  const values = new Float32Array(job.levelCount * size);
  for (const piece of job.pieces) copyPiece(piece, job, values);
  const missing = replaceMissing(values, job.missingAs);
  return { values, missing };
}

function copyPiece({ values, shape, levels }: FieldPiece, job: FieldJob, target: Float32Array): void {
  const { coding, conversion, levelAxis, grid } = job;
  const numbers = toNumbers(coding === undefined ? values : decodeValues(values, coding));
  const strides = stridesOf(shape);
  const offsets = grid.map(({ axis, positions }) => positions.map((place) => place * (strides[axis] ?? 0)));
  const last = offsets.pop() ?? Int32Array.of(0);
  const isRun = isRising(last);
  let at = 0;
  const walk = (depth: number, start: number): void => {
    const own = offsets[depth];
    if (own !== undefined) {
      for (const step of own) walk(depth + 1, start + step);
      return;
    }
    copyLine({ numbers, start, offsets: last, isRun }, { target, at }, conversion);
    at += last.length;
  };
  const levelStride = levelAxis === undefined ? 0 : (strides[levelAxis] ?? 0);
  const size = target.length / job.levelCount;
  for (const { to, from } of levels) {
    at = to * size;
    walk(0, from * levelStride);
  }
}

interface Line {
  readonly numbers: ReturnType<typeof toNumbers>;
  readonly start: number;
  /** From `start`, of each value. */
  readonly offsets: Int32Array;
  /** True where they lie side by side. */
  readonly isRun: boolean;
}

/** Half of all analyses lie as the model has them and hold its units: their lines are copied as they are. */
function copyLine(
  { numbers, start, offsets, isRun }: Line,
  { target, at }: { readonly target: Float32Array; readonly at: number },
  conversion: Conversion | undefined,
): void {
  const count = offsets.length;
  const from = start + (offsets[0] ?? 0);
  if (conversion === undefined && isRun) {
    target.set(numbers.subarray(from, from + count), at);
    return;
  }
  const { factor, offset } = conversion ?? { factor: 1, offset: 0 };
  if (isRun) {
    for (let column = 0; column < count; column += 1)
      target[at + column] = (numbers[from + column] as number) * factor + offset; // inside, as below
    return;
  }
  for (let column = 0; column < count; column += 1)
    target[at + column] = (numbers[start + (offsets[column] as number)] as number) * factor + offset;
}

function isRising(offsets: Int32Array): boolean {
  for (let at = 1; at < offsets.length; at += 1) {
    if ((offsets[at] as number) - (offsets[at - 1] as number) !== 1) return false; // inside
  }
  return true;
}

function replaceMissing(values: Float32Array, replacement: number | undefined): number {
  let missing = 0;
  for (let at = 0; at < values.length; at += 1) {
    if (!Number.isNaN(values[at])) continue;
    missing += 1;
    if (replacement !== undefined) values[at] = replacement;
  }
  return missing;
}
