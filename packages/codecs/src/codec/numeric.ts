import {
  allocateValues,
  type DataType,
  isStringValues,
  isTimeType,
  type Values,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";

export type BigValues = BigInt64Array | BigUint64Array;
export type NumberValues = Exclude<Values, BigValues | readonly string[]>;

export function isBig(values: Values): values is BigValues {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** @throws GatewayError upstream for types without arithmetic */
export function requireReal(codec: string, dtype: DataType): void {
  if (dtype === "string" || /^([SU]\d+|complex\d+)$/.test(dtype)) {
    throw new GatewayError("upstream", `codec ${codec} works on real numbers, not on ${dtype}`);
  }
}

/** Values of another type: integers wrap, floats are cut off, as C converts them. The same object where nothing changes. */
export function castValues(values: Values, from: DataType, to: DataType): Values {
  if (from === to || (isTimeType(from) && to === "int64") || (from === "int64" && isTimeType(to)))
    return values;
  const target = allocateValues(to, values.length);
  if (isStringValues(values) || isStringValues(target))
    throw new GatewayError("internal", "strings cannot be cast");
  if (to === "bool") {
    const flags = target as Uint8Array; // what allocateValues gives for bool
    for (let at = 0; at < values.length; at += 1) flags[at] = Number(values[at]) === 0 ? 0 : 1;
  } else if (isBig(target)) {
    for (let at = 0; at < values.length; at += 1) target[at] = toBigInt(values[at] ?? 0);
  } else if (isBig(values)) {
    for (let at = 0; at < values.length; at += 1) target[at] = toNumberOf(values[at] ?? 0n, to);
  } else {
    target.set(values);
  }
  return target;
}

function toBigInt(value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n); // what x86 gives for NaN and infinities
}

/** Integers keep their low bits, which a detour through float64 would lose. */
function toNumberOf(value: number | bigint, to: DataType): number {
  const isInteger = !to.startsWith("float");
  return Number(isInteger && typeof value === "bigint" ? BigInt.asIntN(32, value) : value);
}

/** Half to even, as numpy rounds. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Rounds to the precision in which numpy computes with values of this type. */
export function workingPrecision(dtype: DataType): (value: number) => number {
  if (dtype === "float16") return Math.f16round;
  return dtype === "float32" ? Math.fround : (value) => value;
}
