import { readableUnit } from "../draw/readable-unit.ts";
import type { Titles } from "../draw/titles.ts";
import type { DrawnValues } from "../encode/field-json.ts";
import { type Axis, isTexts } from "../field/axis.ts";
import { labelAt } from "../field/find-label.ts";
import type { FieldPlan } from "../field/plan-field.ts";
import { picked } from "../field/read-geometry.ts";
import { isTransposed } from "../field/read-values.ts";
import { textOf } from "../field/scope.ts";

/** Longer texts of attributes are cut. */
const MAX_TEXT = 200;

/** Titles of each frame: what is shown; where and when along what is not drawn. */
export function titlesOf(plan: FieldPlan): Titles[] {
  const { request, frames } = plan;
  const wished = request.parts.title;
  const title = typeof wished === "string" ? wished : nameOf(plan);
  if (wished === false)
    return Array.from({ length: frames?.pick.count ?? 1 }, () => ({ title: "", subtitle: "" }));
  const fixed = plan.chosen
    .filter(({ axis }) => axis.values.length > 1 || axis.kind !== "position")
    .map(({ axis, label }) => positionText(axis, label));
  if (!frames) return [{ title, subtitle: fixed.join("   ") }];
  const { axis, pick } = frames;
  return Array.from({ length: pick.count }, (_, frame) => ({
    title,
    subtitle: [positionText(axis, labelAt(axis, pick.start + frame * pick.step)), ...fixed].join("   "),
  }));
}

function positionText({ dim, kind, unit }: Axis, label: string): string {
  if (kind === "time") return label;
  return `${dim} = ${label.replace(/^-/, "−")}${unit === undefined ? "" : readableUnit(unit)?.replace(/^(?!°)/, " ")}`;
}

export function nameOf({ found: { path, variable } }: Pick<FieldPlan, "found">): string {
  const said = textOf(variable, "long_name") ?? textOf(variable, "standard_name");
  if (said === undefined) return path.slice(0, MAX_TEXT).toWellFormed();
  const words = said.includes(" ") ? said : said.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.slice(0, MAX_TEXT).toWellFormed();
}

export function unitOf({ found: { variable } }: Pick<FieldPlan, "found">): string | undefined {
  const unit = textOf(variable, "units")?.slice(0, MAX_TEXT).toWellFormed();
  return unit === "1" ? undefined : unit;
}

/** Beside the colours: the variable's name in the file, and its unit. */
export function valueLabel(plan: FieldPlan): string {
  const unit = readableUnit(unitOf(plan));
  const name = plan.found.path.split("/").at(-1) ?? "";
  return (unit === undefined ? name : `${name} [${unit}]`).slice(0, MAX_TEXT);
}

/** What `.json` says beside the values. */
export async function drawnValues(plan: FieldPlan): Promise<DrawnValues> {
  const { found, dimensions, drawing, picks } = plan;
  const drawn = dimensions
    .map((dimension, at) => ({ ...dimension, pick: picks[at] ?? { start: 0, step: 1, count: 1 } }))
    .filter(({ name }) => drawing.dims.includes(name));
  const coords = await Promise.all(
    drawn.map(async ({ name, pick }) => [name, coordinateOf(await plan.axisOf(name), pick)] as const),
  );
  const unit = unitOf(plan);
  return {
    variable: found.path,
    longName: nameOf(plan),
    ...(unit !== undefined && { unit }),
    dims: drawn.map(({ name }) => name),
    shape: drawn.map(({ pick }) => pick.count),
    isTransposed: isTransposed(plan),
    positions: Object.fromEntries(drawn.map(({ name, pick }) => [name, pick])),
    selection: Object.fromEntries(
      plan.chosen.map(({ axis, at, label }) => [axis.dim, selectionOf(axis, at, label)]),
    ),
    coords: Object.fromEntries(coords),
  };
}

function selectionOf(axis: Axis, at: number, label: string): string | number {
  const value = axis.values[at];
  return axis.kind === "time"
    ? label.replace(" ", "T")
    : typeof value === "number" && Number.isFinite(value)
      ? value
      : label;
}

function coordinateOf(
  axis: Axis,
  pick: { start: number; step: number; count: number },
): (number | string | null)[] {
  if (isTexts(axis.values)) return picked(axis.values, pick);
  if (axis.kind === "time")
    return Array.from({ length: pick.count }, (_, at) =>
      labelAt(axis, pick.start + at * pick.step).replace(" ", "T"),
    );
  return picked(axis.values, pick).map((value) => (Number.isFinite(value) ? value : null));
}
