import type { Dataset, Variable } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { GridAxis, ModelPackage, ModelVariable } from "../../model-package.ts";
import {
  coordinateAlong,
  type DimensionKind,
  dimensionKind,
  kindOf,
  scalarsOfKind,
} from "./dimension-kind.ts";
import { labelPositions } from "./match-labels.ts";
import { unitConversion } from "./match-units.ts";
import { type NumberLabels, numberLabels } from "./number-labels.ts";
import { listed, type Problems } from "./problems.ts";

/** Where one of the model's axes lies in a variable of the analysis. */
export interface AxisPlan {
  /** Position among the variable's dimensions; undefined: it has a single place, which is all of it. */
  readonly axis: number | undefined;
  /** Position along it of each of the model's labels. */
  readonly positions: Int32Array;
}

/** Levels, where the variable has them, and grid. */
export interface SpacePlan {
  readonly levels?: AxisPlan;
  readonly grid: readonly AxisPlan[];
}

export interface SpaceContext extends CallOptions {
  readonly dataset: Dataset;
  /** Name of the dataset, for messages. */
  readonly id: string;
  readonly model: ModelPackage;
  readonly problems: Problems;
}

/** Levels and grid of one variable; undefined where something is wrong, which is among the problems then. */
export async function spacePlan(
  variable: Variable,
  wanted: ModelVariable,
  context: SpaceContext,
): Promise<SpacePlan | undefined> {
  const { model, problems } = context;
  const dims = model.grid.map((axis) => gridDimension(variable, axis, context));
  const missing = model.grid.filter((_, at) => dims[at] === undefined);
  if (missing.length > 0) {
    problems.add(
      `"${wanted.name}": "${variable.name}" has the dimensions (${variable.dims.join(", ")}), none of which is the model's ${missing.map(({ name }) => `"${name}"`).join(" or ")}`,
    );
    return undefined;
  }
  const grid: AxisPlan[] = [];
  for (const [at, axis] of model.grid.entries()) {
    const plan = await gridPlan(variable, { axis, dim: dims[at] ?? "" }, context);
    if (plan !== undefined) grid.push(plan);
  }
  const levels = wanted.levels === undefined ? undefined : await levelPlan(variable, wanted, context);
  const isComplete = grid.length === dims.length && (wanted.levels === undefined || levels !== undefined);
  return isComplete ? { grid, ...(levels && { levels }) } : undefined;
}

/** Called as the model calls it, or of the kind that the model's name stands for. */
export function gridDimension(
  { dims }: Variable,
  { name }: GridAxis,
  { dataset }: Pick<SpaceContext, "dataset">,
): string | undefined {
  if (dims.includes(name)) return name;
  const kind = kindOfAxis(name);
  const found = dims.filter(
    (dim) => dim !== null && kind !== undefined && dimensionKind(dataset, dim) === kind,
  );
  return found.length === 1 ? (found[0] ?? undefined) : undefined;
}

/** What an axis of a model is, by its name alone: that is all that a package says. */
export function kindOfAxis(name: string): DimensionKind | undefined {
  if (/^lat(itude)?$/i.test(name)) return "latitude";
  if (/^lon(gitude)?$/i.test(name)) return "longitude";
  if (/^(x|rlon)$/i.test(name)) return "projected_x";
  return /^(y|rlat)$/i.test(name) ? "projected_y" : undefined;
}

async function gridPlan(
  variable: Variable,
  { axis, dim }: { readonly axis: GridAxis; readonly dim: string },
  { dataset, id, model, problems, signal }: SpaceContext,
): Promise<AxisPlan | undefined> {
  const coordinate = coordinateAlong(dataset, dim);
  const length = variable.source.grid.shape[variable.dims.indexOf(dim)] ?? 0;
  // without labels places are counted, as every client counts them
  const given = coordinate ? await numberLabels(coordinate, { signal }) : counted(length);
  if (given === undefined) {
    problems.add(`the analysis has no numbers along "${dim}", where the model has ${described(axis.labels)}`);
    return undefined;
  }
  const isCircular = coordinate !== undefined && kindOf(coordinate) === "longitude";
  const positions = labelPositions({ labels: axis.labels, isCircular }, given.values, given.isSingle);
  if (positions === undefined) {
    problems.add(
      `grid: the model has ${described(axis.labels)} along "${axis.name}", the analysis ${described(given.values)} along "${dim}"${gridHint(model.grid, id)}`,
    );
    return undefined;
  }
  return { axis: variable.dims.indexOf(dim), positions };
}

async function levelPlan(
  variable: Variable,
  wanted: ModelVariable,
  { dataset, model, problems, signal }: SpaceContext,
): Promise<AxisPlan | undefined> {
  const levels = model.levels[wanted.levels ?? ""] ?? [];
  const { units } = model.vertical;
  const dims = variable.dims.filter((dim) => dim !== null && dimensionKind(dataset, dim) === "vertical");
  const scalars = scalarsOfKind(dataset, "vertical");
  const coordinate =
    dims.length > 0 ? coordinateAlong(dataset, dims[0] ?? "") : scalars.length === 1 ? scalars[0] : undefined;
  if (dims.length > 1 || coordinate === undefined) {
    const came = dims.length > 1 ? `several vertical ones (${dims.join(", ")})` : "no vertical one";
    problems.add(
      `"${wanted.name}": the model has it on ${levels.length} levels, but "${variable.name}" has ${came} among its dimensions (${variable.dims.join(", ")})`,
    );
    return undefined;
  }
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
    converted.findIndex((value) => Math.abs(value - level) <= 1e-6 * Math.max(1, Math.abs(level))),
  );
  const missing = levels.filter((_, at) => positions[at] === -1);
  if (missing.length > 0) {
    problems.add(
      `${place}: ${listed(missing)} ${units} ${missing.length === 1 ? "is" : "are"} missing; there are ${listed(converted.map(shortNumber))}`,
    );
    return undefined;
  }
  const axis = dims.length === 0 ? undefined : variable.dims.indexOf(dims[0] ?? null);
  return { axis, positions: Int32Array.from(positions) };
}

function counted(length: number): NumberLabels {
  return { values: Float64Array.from({ length }, (_, at) => at), isSingle: false };
}

/** `721 labels from 90 to -90, a step of -0.25`. */
function described(labels: ArrayLike<number>): string {
  const [first = Number.NaN, second = Number.NaN] = [labels[0], labels[1]];
  const last = labels[labels.length - 1] ?? Number.NaN;
  if (labels.length < 2)
    return `${labels.length} label${labels.length === 1 ? ` ${shortNumber(first)}` : "s"}`;
  return `${labels.length} labels from ${shortNumber(first)}, ${shortNumber(second)} … to ${shortNumber(last)}`;
}

/** A view that has the grid, where views can make it: with equal steps along latitude and longitude. */
function gridHint(grid: readonly GridAxis[], id: string): string {
  const ranges = grid.map(({ name, labels }) => {
    const kind = kindOfAxis(name);
    const step = regularStep(labels);
    if (step === undefined || (kind !== "latitude" && kind !== "longitude")) return undefined;
    const numbers = [labels[0] ?? 0, labels.at(-1) ?? 0, step].map(shortNumber).join(":");
    return `${kind === "latitude" ? "lat" : "lon"}=${numbers}`;
  });
  if (ranges.length !== 2 || ranges.includes(undefined)) return "";
  return `: a view can change that, such as ${id}@regrid(${ranges.toSorted().join(",")})`;
}

function regularStep(labels: readonly number[]): number | undefined {
  const [first = 0, second = 0] = labels;
  const step = second - first;
  const isRegular = labels.every((label, at) => Math.abs(label - first - at * step) <= 1e-4 * Math.abs(step));
  return labels.length > 1 && isRegular ? step : undefined;
}

function shortNumber(value: number): number {
  return Number(value.toPrecision(8));
}
