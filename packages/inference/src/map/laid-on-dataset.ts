import { type Dataset, parseCalendar, parseTimeUnits, type Variable } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { timeDimensions } from "../initial/match/analysis-times.ts";
import { analysisVariable, type VariableNames } from "../initial/match/analysis-variable.ts";
import { coordinateAlong, kindOf } from "../initial/match/dimension-kind.ts";
import { numberLabels } from "../initial/match/number-labels.ts";
import { Problems } from "../initial/match/problems.ts";
import { gridDimension } from "../initial/match/space-plan.ts";
import type { GridAxis, ModelPackage } from "../model-package.ts";
import { countedSamples } from "./counted-samples.ts";

export interface LayingOptions extends CallOptions {
  /** Of the dataset or view, for messages. */
  readonly id: string;
  /** The dimension whose places are the samples. */
  readonly along: string;
  readonly names: VariableNames;
}

/** A map's package on a dataset. */
export interface LaidModel {
  /** With the dataset's labels along its axes. */
  readonly model: ModelPackage;
  /** One an axis of the grid. */
  readonly axes: readonly LaidAxis[];
  /** The variable of the dataset that gave them. */
  readonly variable: Variable;
  /** The dataset, with days for labels where those of the samples are no times. */
  readonly samples: Dataset;
  readonly isTimed: boolean;
}

export interface LaidAxis {
  /** The dataset's name for it. */
  readonly dim: string;
  /** Longitudes all around the globe. */
  readonly isCircular: boolean;
  /** Latitudes, which end at the poles. */
  readonly isLatitude: boolean;
}

/**
 * Lays the axes of a map's package on a dataset. Reads coordinates alone.
 * @throws GatewayError invalid_request where the dataset has not what the package names
 */
export async function laidOnDataset(
  model: ModelPackage,
  dataset: Dataset,
  options: LayingOptions,
): Promise<LaidModel> {
  const problems = new Problems();
  const variable = sampledVariable(model, dataset, { ...options, problems });
  const axes: { readonly labels: readonly number[]; readonly axis: LaidAxis }[] = [];
  for (const axis of variable ? model.grid : []) {
    const laid = variable && (await laidAxis(axis, variable, { ...options, dataset, problems }));
    if (laid) axes.push(laid);
  }
  const where = `a map of "${options.id}"`;
  problems.throwAny(where);
  if (variable === undefined) throw new Error(`${where}: no variable and no problem`);
  const grid = model.grid.map(({ name }, at) => ({ name, labels: axes[at]?.labels ?? [] }));
  const isTimed = isTime(dataset, options.along);
  const count = variable.source.grid.shape[variable.dims.indexOf(options.along)] ?? 0;
  const samples = isTimed ? dataset : countedSamples(dataset, options.along, count);
  return { model: { ...model, grid }, axes: axes.map(({ axis }) => axis), variable, samples, isTimed };
}

/** A coordinate that CF can read. */
function isTime(dataset: Dataset, along: string): boolean {
  const coordinate = coordinateAlong(dataset, along);
  if (coordinate === undefined || kindOf(coordinate) !== "time") return false;
  const isDecoded = coordinate.source.dtype.startsWith("datetime64");
  const calendar = parseCalendar(coordinate.attrs["calendar"]);
  const coding = calendar && parseTimeUnits(String(coordinate.attrs["units"]), calendar);
  return isDecoded || coding !== undefined;
}

interface Laying extends LayingOptions {
  readonly problems: Problems;
}

/** The first variable of the state that has samples; others may be the same for all of them. */
function sampledVariable(model: ModelPackage, dataset: Dataset, options: Laying): Variable | undefined {
  const { names, along, problems } = options;
  const states = model.variables.filter(({ role }) => role === "state");
  const found = states.flatMap((wanted) => analysisVariable(dataset, wanted, { names, problems }) ?? []);
  const sampled = found.find(({ dims }) => dims.includes(along));
  if (states.length === 0) problems.add("the model has no state variables, so that there is nothing to map");
  if (sampled === undefined) {
    const [first] = found;
    if (first)
      problems.add(
        `"along": "${first.name}" has the dimensions (${first.dims.join(", ")}), none of which is "${along}"`,
      );
    return undefined;
  }
  checkTimes(model, dataset, sampled, options);
  return sampled;
}

/** Along one dimension of time alone; features of time need times. */
function checkTimes(
  model: ModelPackage,
  dataset: Dataset,
  sampled: Variable,
  { along, problems, id }: Laying,
): void {
  const other = timeDimensions(dataset, sampled).find((dim) => dim !== along);
  if (other !== undefined)
    problems.add(
      `"${sampled.name}" lies along "${along}" and "${other}": choose one by a view such as ${id}@isel(${other}=0)`,
    );
  const inputs = model.diagnostics.flatMap((network) => network.inputs);
  const hasFeatures = inputs.some(({ channels }) => channels.some(({ kind }) => kind === "time"));
  if (hasFeatures && !isTime(dataset, along))
    problems.add(
      `"along": the model takes features of time, and "${along}" is no time: expected CF units such as "hours since 1970-01-01"`,
    );
}

async function laidAxis(
  axis: GridAxis,
  variable: Variable,
  { dataset, along, problems, signal }: Laying & { readonly dataset: Dataset },
): Promise<{ readonly labels: readonly number[]; readonly axis: LaidAxis } | undefined> {
  const dim = gridDimension(variable, axis, { dataset });
  if (dim === undefined) {
    problems.add(
      `"${variable.name}" has the dimensions (${variable.dims.join(", ")}), none of which is the model's "${axis.name}"`,
    );
    return undefined;
  }
  if (dim === along) {
    problems.add(`"along": "${along}" is the model's axis "${axis.name}": expected a dimension of samples`);
    return undefined;
  }
  const coordinate = coordinateAlong(dataset, dim);
  const length = variable.source.grid.shape[variable.dims.indexOf(dim)] ?? 0;
  // without labels places are counted, as every client counts them
  const labels = coordinate
    ? Array.from((await numberLabels(coordinate, { signal }))?.values ?? [])
    : Array.from({ length }, (_, at) => at);
  if (length === 0 || labels.length !== length) {
    problems.add(`there are no numbers along "${dim}"`);
    return undefined;
  }
  const kind = coordinate && kindOf(coordinate);
  const isCircular = kind === "longitude" && isWholeCircle(labels);
  return { labels, axis: { dim, isCircular, isLatitude: kind === "latitude" } };
}

/** Equal steps that end one before the first label. */
function isWholeCircle(labels: readonly number[]): boolean {
  const [first = 0, second = 0] = labels;
  const last = labels.at(-1) ?? 0;
  const step = (last - first) / (labels.length - 1);
  const isRegular = Math.abs(second - first - step) < Math.abs(step) / 100;
  return (
    labels.length > 3 && isRegular && Math.abs(Math.abs(step) * labels.length - 360) < Math.abs(step) / 2
  );
}
