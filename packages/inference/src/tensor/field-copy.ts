import type { Tile } from "./geometry.ts";

/** What happens to values as they enter a network: NaN is replaced, then they are clipped, then (x − mean)/std. */
export interface Entering {
  readonly mean: number;
  readonly std: number;
  readonly low: number;
  readonly high: number;
  /** For NaN; NaN where it stays. */
  readonly fill: number;
}

/** Cells of a field and the cells of a tensor that they are. */
export interface FieldCells {
  readonly field: Float32Array;
  /** Of cell 0 of the grid. */
  readonly fieldOffset: number;
  readonly tensor: Float32Array;
  /** Of the channel's first cell. */
  readonly tensorOffset: number;
}

/** Writes a tile of a field into a tensor. */
export function enter(cells: FieldCells, tile: Tile, how: Entering): void {
  const { count, stride, starts } = tile;
  let from = cells.fieldOffset + tile.first;
  const isPlain = how.mean === 0 && how.std === 1;
  const isFree = how.low === -Infinity && how.high === Infinity && Number.isNaN(how.fill);
  for (const start of starts) {
    const to = cells.tensorOffset + start;
    if (isPlain && isFree && stride === 1) cells.tensor.set(cells.field.subarray(from, from + count), to);
    else if (isFree) scaleRun(cells, { from, to, count, stride }, how);
    else limitRun(cells, { from, to, count, stride }, how);
    from += count;
  }
}

interface RunOfCells {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly stride: number;
}

function scaleRun(
  { field, tensor }: FieldCells,
  { from, to, count, stride }: RunOfCells,
  how: Entering,
): void {
  const { mean } = how;
  const factor = 1 / how.std;
  for (let i = 0, at = to; i < count; i++, at += stride) tensor[at] = (field[from + i]! - mean) * factor;
}

function limitRun(
  { field, tensor }: FieldCells,
  { from, to, count, stride }: RunOfCells,
  how: Entering,
): void {
  const { mean, low, high } = how;
  const factor = 1 / how.std;
  // minimum and maximum are without branches, which nobody can predict, and leave NaN what it is
  if (Number.isNaN(how.fill)) {
    for (let i = 0, at = to; i < count; i++, at += stride)
      tensor[at] = (Math.min(Math.max(field[from + i]!, low), high) - mean) * factor;
    return;
  }
  const filled = (Math.min(Math.max(how.fill, low), high) - mean) * factor;
  for (let i = 0, at = to; i < count; i++, at += stride) {
    const value = field[from + i]!;
    tensor[at] = Number.isNaN(value) ? filled : (Math.min(Math.max(value, low), high) - mean) * factor;
  }
}

/** Writes one number into every cell of a tile. */
export function enterNumber(
  cells: Pick<FieldCells, "tensor" | "tensorOffset">,
  tile: Tile,
  value: number,
): void {
  const { count, stride } = tile;
  for (const start of tile.starts) {
    const to = cells.tensorOffset + start;
    if (stride === 1) cells.tensor.fill(value, to, to + count);
    else for (let i = 0, at = to; i < count; i++, at += stride) cells.tensor[at] = value;
  }
}

/** What happens to values as they leave a network: x·std + mean, and where it is an increment, what it is added to. */
export interface Leaving {
  readonly mean: number;
  readonly std: number;
  /** Values of the field that is added from `offset` on, NaN replaced by `fill`. */
  readonly base?:
    | { readonly field: Float32Array; readonly offset: number; readonly fill: number }
    | undefined;
}

/**
 * Reads a tile of a tensor into a field; in place where the field is the tensor and the offsets are the same.
 * @returns the sum of its values, which is NaN where one of them is, and where infinities cancel out
 */
export function leave(cells: FieldCells, tile: Tile, how: Leaving): number {
  const { count, stride } = tile;
  let to = cells.fieldOffset + tile.first;
  let sum = 0;
  for (const start of tile.starts) {
    const run = { from: cells.tensorOffset + start, to, count, stride };
    if (how.base !== undefined) sum += addTo(cells, run, { ...how, base: how.base });
    else if (how.mean === 0 && how.std === 1) sum += copyBack(cells, run);
    else sum += scaleBack(cells, run, how);
    to += count;
  }
  return sum;
}

/** As it came: −0 too, which adding a mean of 0 would change. */
function copyBack({ field, tensor }: FieldCells, { from, to, count, stride }: RunOfCells): number {
  if (stride === 1) {
    if (field !== tensor) field.set(tensor.subarray(from, from + count), to);
    return sumOf(field, to, to + count);
  }
  let sum = 0;
  for (let i = 0, at = from; i < count; i++, at += stride) {
    const value = tensor[at]!;
    field[to + i] = value;
    sum += value;
  }
  return sum;
}

/** Four sums at once take half the time of one, each of whose additions waits for the one before. */
function sumOf(values: Float32Array, start: number, stop: number): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let at = start;
  for (; at + 3 < stop; at += 4) {
    first += values[at]!;
    second += values[at + 1]!;
    third += values[at + 2]!;
    fourth += values[at + 3]!;
  }
  for (; at < stop; at++) first += values[at]!;
  return first + second + third + fourth;
}

function scaleBack({ field, tensor }: FieldCells, run: RunOfCells, { mean, std }: Leaving): number {
  const { from, to, count, stride } = run;
  let sum = 0;
  for (let i = 0, at = from; i < count; i++, at += stride) {
    const value = tensor[at]! * std + mean;
    field[to + i] = value;
    sum += value;
  }
  return sum;
}

function addTo(cells: FieldCells, run: RunOfCells, { mean, std, base }: Added): number {
  const { field, tensor } = cells;
  const { from, to, count, stride } = run;
  const { fieldOffset } = cells;
  const before = base.field;
  const shift = base.offset - fieldOffset;
  let sum = 0;
  for (let i = 0, at = from; i < count; i++, at += stride) {
    const known = before[to + shift + i]!;
    // once and in order: the value may lie where it came from
    const value = tensor[at]! * std + mean + (Number.isNaN(known) ? base.fill : known);
    field[to + i] = value;
    sum += value;
  }
  return sum;
}

interface Added extends Leaving {
  readonly base: NonNullable<Leaving["base"]>;
}
