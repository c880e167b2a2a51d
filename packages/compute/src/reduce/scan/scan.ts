import { allocateValues, type BinaryValues, elementCount } from "@zarr-gateway/dataset";
import { type NumberValues, toNumbers } from "../../decoded/number-values.ts";
import { rollingLine } from "./rolling-line.ts";
import type { ScanJob } from "./scan-job.ts";

/** The wanted part of a block, each element made of those beside it along the axis; in C order. */
export function scanned(job: ScanJob): BinaryValues {
  const { shape, axis, length, dtype } = job;
  const whole = shape[axis] ?? 0;
  const inner = elementCount(shape.slice(axis + 1));
  const outer = elementCount(shape.slice(0, axis));
  const result = allocateValues(dtype, outer * length * inner) as BinaryValues; // of numbers alone
  const line = lineOf(job, result);
  for (let block = 0; block < outer; block += 1) {
    for (let at = 0; at < inner; at += 1) {
      line({
        from: block * whole * inner + at,
        to: block * length * inner + at,
        step: inner,
        number: block * inner + at,
      });
    }
  }
  return result;
}

/** One line of the block: where it begins, where its result begins, and how far its elements are apart in both. */
interface Line {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly number: number;
}

function lineOf(job: ScanJob, result: BinaryValues): (line: Line) => void {
  const { step } = job;
  switch (step.kind) {
    case "difference":
      return differences(job, result);
    case "running-sum":
      return result instanceof BigInt64Array || result instanceof BigUint64Array
        ? wholeSums(job, step.carry, result)
        : runningSums(job, step.carry, result);
    case "rolling":
      return rollingLine(job, step, result as NumberValues); // rolling gives floats
    default:
      return step satisfies never;
  }
}

/** Integers wrap as they are stored, floats are rounded there. */
function differences({ values, length, lead }: ScanJob, result: BinaryValues): (line: Line) => void {
  if (isBig(values) && isBig(result)) {
    return ({ from, to, step }) => {
      for (let at = 0; at < length; at += 1) {
        const upper = values[from + (lead + at + 1) * step] ?? 0n;
        result[to + at * step] = upper - (values[from + (lead + at) * step] ?? 0n);
      }
    };
  }
  const [source, target] = [values as NumberValues, result as NumberValues]; // both of the same type
  return ({ from, to, step }) => {
    for (let at = 0; at < length; at += 1) {
      const upper = source[from + (lead + at + 1) * step] ?? 0;
      target[to + at * step] = upper - (source[from + (lead + at) * step] ?? 0);
    }
  };
}

function runningSums(
  { values, length }: ScanJob,
  carry: BinaryValues,
  result: BinaryValues,
): (line: Line) => void {
  const [source, before, target] = [toNumbers(values), toNumbers(carry), result as NumberValues]; // not integers
  return ({ from, to, step, number }) => {
    let sum = before[number] ?? 0;
    for (let at = 0; at < length; at += 1) {
      const value = source[from + at * step] ?? 0;
      if (!Number.isNaN(value)) sum += value;
      target[to + at * step] = sum;
    }
  };
}

function wholeSums(
  { values, length }: ScanJob,
  carry: BinaryValues,
  result: BigInt64Array | BigUint64Array,
): (line: Line) => void {
  return ({ from, to, step, number }) => {
    let sum = BigInt(carry[number] ?? 0);
    for (let at = 0; at < length; at += 1) {
      sum = BigInt.asIntN(64, sum + BigInt(values[from + at * step] ?? 0));
      result[to + at * step] = sum;
    }
  };
}

function isBig(values: BinaryValues): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}
