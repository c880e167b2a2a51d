import {
  coordinateNames,
  type Dataset,
  elementCount,
  isStringValues,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { decodedVariable } from "../decoded/decoded-variable.ts";

/** Larger coordinates of both are taken for equal: nobody wants to wait for the answer. */
const MAX_COMPARED = 4_000_000;

/** Coordinates of two aligned datasets: those of the first, what only the second has, and none on which they differ. */
export async function mergedCoordinates(
  left: Dataset,
  right: Dataset,
  options: CallOptions,
): Promise<Map<string, Variable>> {
  const [own, others] = [coordinateNames(left), coordinateNames(right)];
  const merged = new Map<string, Variable>();
  for (const name of own) {
    const [variable, other] = [left.variables.get(name), right.variables.get(name)];
    if (variable === undefined) continue;
    const isIndex = variable.dims.length === 1 && variable.dims[0] === name;
    const isShared = other !== undefined && others.has(name);
    if (!isShared || isIndex || (await areEqual(variable, other, options))) merged.set(name, variable);
  }
  for (const name of others) {
    const other = right.variables.get(name);
    if (other !== undefined && !own.has(name) && !left.variables.has(name)) merged.set(name, other);
  }
  return merged;
}

async function areEqual(left: Variable, right: Variable, options: CallOptions): Promise<boolean> {
  const [a, b] = [decodedVariable(left).source, decodedVariable(right).source];
  const isAlike =
    left.dims.length === right.dims.length &&
    left.dims.every((dim, axis) => dim === right.dims[axis]) &&
    a.grid.shape.every((length, axis) => length === b.grid.shape[axis]);
  if (!isAlike) return false;
  if (elementCount(a.grid.shape) > MAX_COMPARED) return true;
  return haveEqualValues(await wholeValues(a, options), await wholeValues(b, options));
}

function haveEqualValues(left: Values, right: Values): boolean {
  if (isStringValues(left) !== isStringValues(right)) return false;
  for (let at = 0; at < left.length; at += 1) {
    const [a, b] = [left[at], right[at]];
    const isSame =
      a === b || (typeof a !== "string" && Number(a) === Number(b)) || (Number.isNaN(a) && Number.isNaN(b));
    if (!isSame) return false;
  }
  return left.length === right.length;
}
