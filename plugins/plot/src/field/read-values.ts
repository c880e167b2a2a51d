import {
  allocateValues,
  copyStrided,
  elementCount,
  stridesOf,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { FieldPlan } from "./plan-field.ts";
import { readBlock } from "./read-block.ts";

/** The stored values of a plan: frames first, then rows and columns as they are drawn. */
export async function readValues(plan: FieldPlan, options: CallOptions): Promise<Values> {
  const { found, picks } = plan;
  const block = await readBlock(found.variable.source, picks, options);
  const order = drawnOrder(plan);
  const isInOrder = order.every((axis, at) => at === 0 || axis > (order[at - 1] ?? -1));
  if (isInOrder) return block;
  const shape = picks.map(({ count }) => count);
  const strides = stridesOf(shape);
  const ordered = order.map((axis) => shape[axis] ?? 1);
  const { dtype } = found.variable.source;
  const turned = allocateValues(dtype, elementCount(ordered));
  copyStrided(
    { values: block, strides: order.map((axis) => strides[axis] ?? 0), offset: 0 },
    { values: turned, strides: stridesOf(ordered), offset: 0 },
    ordered,
    unitsPerElement(dtype),
  );
  return turned;
}

/** Axes of the variable in the order in which they are drawn; those with one position are left out. */
function drawnOrder({ dimensions, drawing, frames }: FieldPlan): number[] {
  const axisOf = (dim: string): number => dimensions.findIndex(({ name }) => name === dim);
  return [...(frames ? [axisOf(frames.axis.dim)] : []), ...drawing.dims.map(axisOf)];
}

/** True where rows of the picture are columns of the variable. */
export function isTransposed({ dimensions, drawing: { dims } }: FieldPlan): boolean {
  const [first = -1, second = -1] = dims.map((dim) => dimensions.findIndex(({ name }) => name === dim));
  return dims.length === 2 && first > second;
}
