import type { Variable } from "@zarr-gateway/dataset";
import type { ModelVariable } from "../../model-package.ts";
import { coordinateAlong, dimensionKind, scalarsOfKind } from "./dimension-kind.ts";
import { unitConversion } from "./match-units.ts";
import { numberLabels } from "./number-labels.ts";
import { listed } from "./problems.ts";
import type { AxisPlan, SpaceContext } from "./space-context.ts";

/** Of labels, for what rounding to float32 and conversion change. */
const TOLERANCE = 1e-6;

/** Where the levels of one of the model's variables lie, found by value; undefined where some do not. */
export async function levelPlan(
  variable: Variable,
  wanted: ModelVariable,
  context: SpaceContext,
): Promise<AxisPlan | undefined> {
  const { model, problems, signal } = context;
  const levels = model.levels[wanted.levels ?? ""] ?? [];
  const { units } = model.vertical;
  const found = verticalCoordinate(variable, wanted, { ...context, count: levels.length });
  if (found === undefined) return undefined;
  const { coordinate, axis } = found;
  const place = `"${wanted.name}": levels along "${coordinate.name}"`;
  const conversion = unitConversion(coordinate.attrs["units"] ?? units, units);
  const given = await numberLabels(coordinate, { signal });
  if (typeof conversion === "string" || given === undefined) {
    problems.add(`${place}: ${typeof conversion === "string" ? conversion : "they are no numbers"}`);
    return undefined;
  }
  const { factor, offset } = conversion ?? { factor: 1, offset: 0 };
  const converted = Array.from(given.values, (value) => value * factor + offset);
  const positions = levels.map((level) =>
    converted.findIndex((value) => Math.abs(value - level) <= TOLERANCE * Math.max(1, Math.abs(level))),
  );
  const missing = levels.filter((_, at) => positions[at] === -1);
  if (missing.length === 0) return { axis, positions: Int32Array.from(positions) };
  const there = listed(converted.map((value) => Number(value.toPrecision(8))));
  problems.add(
    `${place}: ${listed(missing)} ${units} ${missing.length === 1 ? "is" : "are"} missing; there are ${there}`,
  );
  return undefined;
}

/** The only vertical dimension of a variable, or the only level that a selection has left. */
function verticalCoordinate(
  variable: Variable,
  wanted: ModelVariable,
  { dataset, problems, count }: SpaceContext & { readonly count: number },
): { readonly coordinate: Variable; readonly axis: number | undefined } | undefined {
  const { dims } = variable;
  const vertical = dims.filter(
    (dim): dim is string => dim !== null && dimensionKind(dataset, dim) === "vertical",
  );
  const [dim] = vertical;
  const scalars = scalarsOfKind(dataset, "vertical");
  const only = dim === undefined && scalars.length === 1 ? scalars[0] : undefined;
  const coordinate = dim === undefined ? only : coordinateAlong(dataset, dim);
  if (vertical.length < 2 && coordinate !== undefined)
    return { coordinate, axis: dim === undefined ? undefined : dims.indexOf(dim) };
  const came =
    vertical.length > 1
      ? `several vertical ones (${vertical.join(", ")})`
      : dim === undefined
        ? "no vertical one"
        : `"${dim}", along which the analysis has no labels,`;
  problems.add(
    `"${wanted.name}": the model has it on ${count} levels, but "${variable.name}" has ${came} among its dimensions (${dims.join(", ")})`,
  );
  return undefined;
}
