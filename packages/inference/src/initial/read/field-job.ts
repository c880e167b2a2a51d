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
  const { factor, offset } = conversion ?? { factor: 1, offset: 0 };
  let at = 0;
  const walk = (depth: number, start: number): void => {
    const own = offsets[depth];
    if (own !== undefined) {
      for (const step of own) walk(depth + 1, start + step);
      return;
    }
    for (let column = 0; column < last.length; column += 1) {
      target[at + column] = (numbers[start + (last[column] ?? 0)] ?? Number.NaN) * factor + offset;
    }
    at += last.length;
  };
  const levelStride = levelAxis === undefined ? 0 : (strides[levelAxis] ?? 0);
  const size = target.length / job.levelCount;
  for (const { to, from } of levels) {
    at = to * size;
    walk(0, from * levelStride);
  }
}

function replaceMissing(values: Float32Array, replacement: number | undefined): number {
  let missing = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    if (!Number.isNaN(value)) continue;
    missing += 1;
    if (replacement !== undefined) values[at] = replacement;
  }
  return missing;
}
