import type { Dataset, Variable } from "@zarr-gateway/dataset";
import type { Reduction } from "../reduce/reduction.ts";
import { unknownName } from "../view/select/dimension-arguments.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import { type Frequency, parseFrequency } from "./frequency.ts";
import { argumentsOf, parseReduction } from "./group-arguments.ts";
import { groupedDataset } from "./grouped-dataset.ts";
import { timesOf } from "./grouping.ts";
import { timeBins } from "./time-bins.ts";
import { timeLabels } from "./time-labels.ts";

interface ResampleStep {
  readonly dim: string;
  readonly at: number;
  readonly frequency: Frequency;
  readonly frequencyAt: number;
  readonly action: Reduction;
}

const EXAMPLE = "resample(time=1MS,mean)";

/** Bins of time, those without data included. */
export const resample: ViewOperation<ResampleStep> = {
  name: "resample",
  summary:
    "What lies in the same month, week, 6 hours, … becomes one, in the words of pandas: YS YE QS QE MS ME W D h min s ms us ns, with a count before and a month or weekday behind (2QS-DEC); what nothing lies in is missing.",
  examples: [EXAMPLE, "resample(time=6h,max)", "resample(time=QS-DEC,sum)"],
  equivalent: 'ds.resample(time="1MS").mean()',
  parse(call) {
    const [bins, action] = argumentsOf(call, [2, 2], EXAMPLE);
    if (bins?.key === undefined || action === undefined)
      throw viewError(`"resample" is written "${EXAMPLE}"`, bins?.at ?? call.at);
    const frequency = located(() => parseFrequency(bins.value), bins.valueAt);
    return {
      dim: bins.key,
      at: bins.at,
      frequency,
      frequencyAt: bins.valueAt,
      action: parseReduction(action),
    };
  },
  print: ({ dim, frequency, action }) => `resample(${dim}=${frequency.text},${action})`,
  async apply(input: Dataset, step: ResampleStep, context: ViewContext): Promise<Dataset> {
    const { action, frequency } = step;
    const time = timeOf(input, step);
    const { axis, dim } = await timesOf(time, step.at, context);
    const { labels, groupOf } = located(() => timeBins(axis, frequency), step.frequencyAt);
    const label = timeLabels(time, labels, action === "count" ? undefined : time.attrs["bounds"]);
    const isEmpty = new Uint8Array(labels.length).fill(1);
    for (const group of groupOf) isEmpty[group] = 0;
    const plan = { action, dim, name: dim, groupOf, count: labels.length, label };
    return groupedDataset(
      input,
      {
        ...plan,
        isEmpty: isEmpty.includes(1) ? isEmpty : undefined,
        keepsOrder: action === "first" || action === "last",
      },
      context,
    );
  },
};

/** The coordinate of a dimension of the same name. */
function timeOf(dataset: Dataset, { dim, at }: ResampleStep): Variable {
  const variable = dataset.variables.get(dim);
  if (variable?.dims.length === 1 && variable.dims[0] === dim) return variable;
  const names = [...dataset.variables.values()].filter(
    ({ name, dims }) => dims.length === 1 && dims[0] === name,
  );
  throw unknownName(
    "dimension with a coordinate",
    { name: dim, at },
    names.map(({ name }) => name),
  );
}

/** A complaint about an argument, with its position. */
function located<Value>(make: () => Value, at: number): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "invalid_request")
      throw viewError(error.message, at);
    throw error;
  }
}
