import type { Variable } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Axis } from "./axis.ts";
import type { Corners, Geometry, PlaneAxis } from "./geometry.ts";
import { numbersOf } from "./ground-picks.ts";
import type { Layout } from "./layout.ts";
import { decodeNumbers, packingOf } from "./packing.ts";
import type { FieldPlan } from "./plan-field.ts";
import { type Pick, readBlock } from "./read-block.ts";
import { textOf } from "./scope.ts";

/** More corners than that take longer to read than the field; cells are then guessed from their middles. */
const MAX_CORNERS = 24_000_000;
const MAX_CORNERS_A_CELL = 24;
/** Fewer places without an extent are stations. */
const MAX_STATIONS = 1500;
const DEGREES_PER_RADIAN = 180 / Math.PI;

/** Where the values of a plan lie, in the order in which they are drawn. Reads coordinates. */
export async function readGeometry(plan: FieldPlan, options: CallOptions): Promise<Geometry> {
  const { drawing } = plan;
  const [yDim = "", xDim = yDim] = drawing.dims;
  switch (drawing.shape.kind) {
    case "line":
      return { kind: "line", x: await sideOf(plan, yDim) };
    case "plane":
      return { kind: "plane", x: await sideOf(plan, xDim), y: await sideOf(plan, yDim) };
    case "map":
      return groundGeometry(plan, drawing.shape.layout, options);
    default:
      return drawing.shape satisfies never;
  }
}

function pickOf({ dimensions, picks }: FieldPlan, dim: string): Pick {
  return picks[dimensions.findIndex(({ name }) => name === dim)] ?? { start: 0, step: 1, count: 1 };
}

export function picked<Value>(values: ArrayLike<Value>, { start, step, count }: Pick): Value[] {
  return Array.from({ length: count }, (_, at) => values[start + at * step] as Value); // picks lie inside
}

async function sideOf(plan: FieldPlan, dim: string): Promise<PlaneAxis> {
  const axis = await plan.axisOf(dim);
  const kind = plan.dimensions.find(({ name }) => name === dim)?.kind;
  return {
    values: Float64Array.from(picked(numbersOf(axis), pickOf(plan, dim))),
    label: axis.label,
    ...(axis.unit !== undefined && { unit: axis.unit }),
    ...(axis.coding && { coding: axis.coding }),
    ...(axis.isDownward && { isDownward: true as const }),
    ...(kind === "latitude" && { degrees: "north" as const }),
    ...(kind === "longitude" && { degrees: "east" as const }),
  };
}

async function groundGeometry(plan: FieldPlan, layout: Layout, options: CallOptions): Promise<Geometry> {
  if (layout.kind === "axes") return axesGeometry(plan, layout);
  const [longitude, latitude] = await Promise.all([
    readDegrees(layout.longitude.variable, plan, options),
    readDegrees(layout.latitude.variable, plan, options),
  ]);
  const corners = await readCorners(plan, layout, options);
  const found = { longitude, latitude, ...(corners && { corners }) };
  if (layout.kind === "curvilinear")
    return { kind: "curvilinear", columns: pickOf(plan, layout.xDim).count, ...found };
  const isStations = layout.dims.length === 1 && !corners && longitude.length <= MAX_STATIONS;
  return { kind: "cells", isPoints: isStations, ...found };
}

async function axesGeometry(plan: FieldPlan, layout: Extract<Layout, { kind: "axes" }>): Promise<Geometry> {
  const [x, y] = await Promise.all([plan.axisOf(layout.xDim), plan.axisOf(layout.yDim)]);
  const inUnit = ({ label, unit }: Axis): string => (unit === undefined ? label : `${label} [${unit}]`);
  const factor = (variable: Variable): number => (layout.plane.kind === "proj" ? 1 : degreesIn(variable));
  const values = (axis: Axis, dim: string, variable: Variable): Float64Array => {
    const numbers = numbersOf(axis);
    const { start, step, count } = pickOf(plan, dim);
    const scale = factor(variable);
    const chosen = new Float64Array(count);
    for (let at = 0; at < count; at += 1) chosen[at] = (numbers[start + at * step] as number) * scale; // picks lie inside
    return chosen;
  };
  return {
    kind: "axes",
    x: values(x, layout.xDim, layout.x.variable),
    y: values(y, layout.yDim, layout.y.variable),
    plane: layout.plane,
    xLabel: inUnit(x),
    yLabel: inUnit(y),
  };
}

function degreesIn(variable: Variable): number {
  return /^rad(ian)?s?$/i.test(textOf(variable, "units") ?? "") ? DEGREES_PER_RADIAN : 1;
}

async function readDegrees(variable: Variable, plan: FieldPlan, options: CallOptions): Promise<Float64Array> {
  const picks = variable.dims.map((dim) => pickOf(plan, dim ?? ""));
  const stored = await readBlock(variable.source, picks, options);
  const factor = degreesIn(variable);
  return Float64Array.from(decodeNumbers(stored, packingOf(variable)), (value) => value * factor);
}

/** Corners that the coordinates name as their bounds (CF §7.1), where both have them. */
async function readCorners(
  plan: FieldPlan,
  layout: Exclude<Layout, { kind: "axes" }>,
  options: CallOptions,
): Promise<Corners | undefined> {
  const isThinned = plan.picks.some(
    ({ step, count }, axis) =>
      step > 1 && count > 1 && plan.drawing.dims.includes(plan.dimensions[axis]?.name ?? ""),
  );
  if (isThinned) return undefined;
  const [longitude, latitude] = [layout.longitude.variable, layout.latitude.variable].map((variable) => {
    const name = textOf(variable, "bounds");
    const bounds = name === undefined ? undefined : plan.found.scope.get(name)?.variable;
    const isTheirs =
      bounds?.dims.length === variable.dims.length + 1 &&
      variable.dims.every((dim, axis) => bounds.dims[axis] === dim);
    return isTheirs
      ? { bounds, factor: bounds.attrs["units"] === undefined ? degreesIn(variable) : degreesIn(bounds) }
      : undefined;
  });
  const count = longitude?.bounds.source.grid.shape.at(-1) ?? 0;
  if (!longitude || !latitude || count < 3 || count > MAX_CORNERS_A_CELL) return undefined;
  if (latitude.bounds.source.grid.shape.at(-1) !== count) return undefined;
  const cells = layout.longitude.variable.dims.reduce(
    (product, dim) => product * pickOf(plan, dim ?? "").count,
    1,
  );
  if (cells * count > MAX_CORNERS) return undefined;
  const read = async ({ bounds, factor }: { bounds: Variable; factor: number }): Promise<Float64Array> => {
    const picks = bounds.dims.map((dim, axis) =>
      axis === bounds.dims.length - 1 ? { start: 0, step: 1, count } : pickOf(plan, dim ?? ""),
    );
    const stored = await readBlock(bounds.source, picks, options);
    return Float64Array.from(decodeNumbers(stored, packingOf(bounds)), (value) => value * factor);
  };
  const [x, y] = await Promise.all([read(longitude), read(latitude)]);
  return { longitude: x, latitude: y, count };
}
