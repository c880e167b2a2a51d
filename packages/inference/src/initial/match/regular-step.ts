import type { Values } from "@zarr-gateway/dataset";
import { HALF, HIGH_HALF } from "../../whole-numbers.ts";

/** Halves, quarters, … of a unit, which floating point holds as they are. */
const PARTS = 1024;
const MS_NANOSECONDS = 1_000_000n;
const NOT_A_TIME = -(2n ** 63n);

/**
 * The step in milliseconds where numbers of a unit lie a whole number of them apart everywhere, exactly and rising; else,
 * and where there are fewer than 3, undefined.
 */
export function regularStep(
  values: Exclude<Values, readonly string[]>,
  unitNanoseconds: bigint,
): number | undefined {
  if (values.length < 3) return undefined;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const step = wideStep(values);
    return step === undefined ? undefined : wholeMs(BigInt(step) * unitNanoseconds);
  }
  const step = numberStep(values);
  if (step === undefined) return undefined;
  const [first = 0] = values;
  const partNanoseconds = (number: number): bigint => BigInt(number * PARTS) * unitNanoseconds;
  // fractions are rounded one by one unless they are whole milliseconds
  if (!Number.isInteger(first) && wholeMs(partNanoseconds(first), BigInt(PARTS)) === undefined)
    return undefined;
  return wholeMs(partNanoseconds(step), BigInt(PARTS));
}

/** Typed arrays of numbers; text, and parts of complex ones, never come here. */
function numberStep(
  values: Exclude<Values, readonly string[] | BigInt64Array | BigUint64Array>,
): number | undefined {
  const first = values[0] ?? Number.NaN;
  const step = (values[1] ?? Number.NaN) - first;
  const last = first + (values.length - 1) * step;
  if (![first, step, last].every((number) => Number.isSafeInteger(number * PARTS))) return undefined;
  if (step <= 0) return undefined;
  for (let at = 2; at < values.length; at += 1) {
    if (values[at] !== first + at * step) return undefined;
  }
  return step;
}

/** Without a bigint for each: differences of halves are exact in floating point. */
function wideStep(values: BigInt64Array | BigUint64Array): number | undefined {
  const [first = NOT_A_TIME, second = first] = values;
  const step = Number(second - first);
  if (first === NOT_A_TIME || !Number.isSafeInteger(step) || step <= 0) return undefined;
  const { buffer, byteOffset, length } = values;
  const high = new Int32Array(buffer, byteOffset, 2 * length);
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  for (let at = 4; at < high.length; at += 2) {
    const [now, before] = [at + HIGH_HALF, at - 2 + HIGH_HALF];
    const more = ((high[now] ?? 0) - (high[before] ?? 0)) * HALF;
    if (more + ((low[at + 1 - HIGH_HALF] ?? 0) - (low[at - 1 - HIGH_HALF] ?? 0)) !== step) return undefined;
  }
  return step;
}

function wholeMs(nanoseconds: bigint, parts = 1n): number | undefined {
  const unit = parts * MS_NANOSECONDS;
  const ms = Number(nanoseconds / unit);
  return nanoseconds % unit === 0n && Number.isSafeInteger(ms) ? ms : undefined;
}
