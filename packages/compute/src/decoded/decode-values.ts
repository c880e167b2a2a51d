import { allocateValues, type BinaryValues, isStringValues, type Values } from "@zarr-gateway/dataset";
import { allocatedNumbers, type NumberValues, toNumbers } from "./number-values.ts";
import type { ValueCoding } from "./value-coding.ts";

/** Stored values as the ones they stand for: a new array, or the same bits under the type that is meant. */
export function decodeValues(stored: Values, coding: ValueCoding): Values {
  if (isStringValues(stored)) return stored;
  const values = reinterpreted(stored, coding);
  const { decoded, missing, scale, offset } = coding;
  if (decoded === coding.meant && missing.length === 0 && scale === undefined && offset === undefined)
    return values;
  if (decoded === "bool") return truths(values);
  if (decoded === "int64") return scaledIntegers(values, scale ?? 1);
  const numbers = toNumbers(values);
  const result = allocatedNumbers(decoded, numbers.length);
  if (scale === undefined && offset === undefined) mask(numbers, missing, result);
  else unpack(numbers, coding, result);
  return result;
}

function reinterpreted(values: BinaryValues, { stored, meant }: ValueCoding): BinaryValues {
  if (stored === meant) return values;
  const { buffer, byteOffset, length } = values;
  const model = allocateValues(meant, 0) as Uint8Array; // any integer array: what counts is its constructor
  const IntegerArray = model.constructor as new (
    buffer: ArrayBufferLike,
    at: number,
    length: number,
  ) => BinaryValues;
  return new IntegerArray(buffer, byteOffset, length);
}

function truths(values: BinaryValues): Uint8Array {
  const result = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at += 1) result[at] = Number(values[at]) === 0 ? 0 : 1;
  return result;
}

function scaledIntegers(values: BinaryValues, scale: number): BigInt64Array {
  const factor = BigInt(scale);
  return BigInt64Array.from(values, (value: number | bigint) => BigInt(value) * factor);
}

function mask(values: NumberValues, missing: readonly number[], result: NumberValues): void {
  const rounded = result instanceof Float32Array ? missing.map(Math.fround) : missing;
  const [fill = Number.NaN, other = fill, ...more] = rounded;
  if (more.length === 0) {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      result[at] = value === fill || value === other ? Number.NaN : value;
    }
    return;
  }
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    result[at] = rounded.includes(value) ? Number.NaN : value;
  }
}

/** In float64 where that is the result, else with every step rounded, as numpy does in place. */
function unpack(
  values: NumberValues,
  { missing, scale = 1, offset = 0 }: ValueCoding,
  result: NumberValues,
): void {
  const [fill = Number.NaN, other = fill, ...more] = missing;
  const isSingle = result instanceof Float32Array;
  if (isSingle) {
    const [factor, term] = [Math.fround(scale), Math.fround(offset)];
    for (let at = 0; at < values.length; at += 1) result[at] = Math.fround((values[at] ?? 0) * factor) + term;
    return;
  }
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    result[at] = value === fill || value === other ? Number.NaN : value * scale + offset;
  }
  if (more.length === 0) return;
  for (let at = 0; at < values.length; at += 1) if (more.includes(values[at] ?? 0)) result[at] = Number.NaN;
}
