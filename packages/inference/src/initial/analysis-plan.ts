import {
  type Attributes,
  type Calendar,
  type Dataset,
  formatInstant,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { Instants } from "../instants.ts";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import { type AnalysisTimes, analysisTimes, timeDimensions } from "./match/analysis-times.ts";
import { analysisVariable, type VariableNames } from "./match/analysis-variable.ts";
import { coordinateAlong } from "./match/dimension-kind.ts";
import { type Histories, historiesOf } from "./match/histories.ts";
import { unitConversion } from "./match/match-units.ts";
import { listed, Problems } from "./match/problems.ts";
import { sharedTimes } from "./match/shared-times.ts";
import type { SpaceContext, SpacePlan } from "./match/space-context.ts";
import { gridDimension, spacePlan } from "./match/space-plan.ts";
import { sphereGrid } from "./noise/sphere-grid.ts";
import type { FieldPlan } from "./read/field-reader.ts";

/** How first states come out of an analysis. */
export interface AnalysisPlan {
  readonly fields: readonly FieldPlan[];
  readonly calendar: Calendar;
  readonly histories: Histories;
  readonly timeUnits: string | undefined;
  readonly gridAttrs: Readonly<Record<string, Attributes>>;
}

export interface PlanOptions extends CallOptions {
  /** Of the dataset, for messages. */
  readonly id: string;
  readonly names: VariableNames;
}

type PlanContext = PlanOptions & SpaceContext;

/** A variable of the analysis. Its times are looked at also where something else of it does not fit. */
interface Matched {
  readonly timeDims: readonly string[];
  readonly field: Omit<FieldPlan, "times"> | undefined;
}

/** @throws GatewayError invalid_request with all that does not fit */
export async function analysisPlan(
  dataset: Dataset,
  model: ModelPackage,
  options: PlanOptions,
): Promise<AnalysisPlan> {
  const problems = new Problems();
  const context = { ...options, dataset, model, problems, known: new Map<string, Int32Array | undefined>() };
  checkRequest(context);
  const matched: Matched[] = [];
  for (const wanted of model.variables) {
    const one = wanted.role === "state" ? await matchedVariable(wanted, context) : undefined;
    if (one !== undefined) matched.push(one);
  }
  const axes = await timeAxes(matched, context);
  const [times] = axes.values();
  const histories = historiesOf(times?.instants ?? Instants.of([]), model);
  if (times !== undefined && histories.times.length === 0) problems.add(noHistory(times, model));
  problems.throwAny(`initial conditions from "${options.id}"`);
  return {
    fields: matched.flatMap(({ timeDims, field }) =>
      field === undefined ? [] : [{ ...field, times: axes.get(timeDims.join(" ")) }],
    ),
    calendar: times?.calendar ?? "standard",
    histories,
    timeUnits: times?.units,
    gridAttrs: gridAttributes(matched[0]?.field?.variable, context),
  };
}

function checkRequest({ model, names, problems }: PlanContext): void {
  const states = model.variables.filter(({ role }) => role === "state").map(({ name }) => name);
  for (const name of Object.keys(names)) {
    if (!states.includes(name))
      problems.add(`"variables" names "${name}", but the model's state has ${listed(states)}`);
  }
  const { perturbation } = model;
  if (perturbation === undefined) return;
  if (perturbation.correlationKm > 0 && sphereGrid(model.grid) === undefined) {
    const axes = model.grid.map(({ name }) => name).join(", ");
    problems.add(
      `perturbation.correlation is a length on the sphere: expected a grid of lat and lon, it has ${axes}`,
    );
  }
}

async function matchedVariable(wanted: ModelVariable, context: PlanContext): Promise<Matched | undefined> {
  const { dataset, names, problems } = context;
  const variable = analysisVariable(dataset, wanted, { names, problems });
  if (variable === undefined) return undefined;
  const conversion = unitConversion(variable.attrs["units"], wanted.units);
  const space = await spacePlan(variable, wanted, context);
  const timeDims = timeDimensions(dataset, variable);
  const others = space && otherDimensions(variable, space, timeDims);
  for (const { dim, length } of others ?? []) {
    problems.add(
      `"${wanted.name}": "${variable.name}" has a dimension "${dim}" of length ${length}, which the model has not: choose one place by a view such as ${context.id}@isel(${dim}=0)`,
    );
  }
  const isConvertible = typeof conversion !== "string";
  if (!isConvertible) problems.add(`"${wanted.name}": ${conversion}`);
  const field = space && isConvertible ? { wanted, variable, space, conversion } : undefined;
  return { timeDims, field };
}

/** What is neither time nor a place of the model's, and has more than one entry. */
function otherDimensions(
  { dims, source }: Variable,
  { grid, levels }: SpacePlan,
  timeDims: readonly string[],
): { readonly dim: string; readonly length: number }[] {
  return dims.flatMap((dim, axis) => {
    const isKnown =
      levels?.axis === axis || grid.some((one) => one.axis === axis) || timeDims.includes(dim ?? "");
    const length = source.grid.shape[axis] ?? 0;
    return isKnown || length === 1 ? [] : [{ dim: dim ?? `number ${axis}`, length }];
  });
}

/** Times by the dimensions of time that variables have; those without any are the same at all times. */
async function timeAxes(
  matched: readonly Matched[],
  context: PlanContext,
): Promise<ReadonlyMap<string, AnalysisTimes>> {
  const axes = new Map<string, AnalysisTimes>();
  if (matched.length === 0) return axes;
  const several = new Map(matched.map(({ timeDims }) => [timeDims.join(" "), timeDims]));
  if (several.size > 1) several.delete("");
  for (const [key, dims] of several) {
    const axis = await analysisTimes(dims, context);
    if (axis !== undefined) axes.set(key, axis);
  }
  return sharedTimes(axes, context.problems);
}

function noHistory({ instants, calendar }: AnalysisTimes, { history, stepMs }: ModelPackage): string {
  const first = instants.at(0);
  const last = instants.at(instants.length - 1);
  if (first === undefined || last === undefined) return "the analysis has no times that all variables have";
  const range = `${formatInstant(calendar, first)} to ${formatInstant(calendar, last)}`;
  return `no time of the analysis has ${history} times ${stepMs / 3_600_000} h apart up to it, which the model starts from; it has ${instants.length} from ${range}`;
}

/** Of the coordinates that the model's axes stand for; what says how they are stored stays behind. */
function gridAttributes(
  variable: Variable | undefined,
  context: PlanContext,
): Readonly<Record<string, Attributes>> {
  const { dataset, model } = context;
  const found: [string, Attributes][] = model.grid.map((axis) => {
    const dim = variable && gridDimension(variable, axis, context);
    const attrs = (dim === undefined ? undefined : coordinateAlong(dataset, dim))?.attrs ?? {};
    return [axis.name, Object.fromEntries(Object.entries(attrs).filter(([name]) => KEPT.includes(name)))];
  });
  return Object.fromEntries(found);
}

const KEPT = ["standard_name", "long_name", "units", "axis", "positive"];
