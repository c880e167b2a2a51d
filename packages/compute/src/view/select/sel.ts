import type { Dataset } from "@zarr-gateway/dataset";
import { type ViewCall, viewError } from "../view-call.ts";
import type { ViewContext, ViewOperation } from "../view-operation.ts";
import { type AxisSelection, onePosition, positionsSelection } from "./axis-selection.ts";
import { type Named, namedArguments } from "./dimension-arguments.ts";
import { findLabels, meaningOf, nearestPosition } from "./find-labels.ts";
import { LABELS, printLabel } from "./label.ts";
import type { LabelAxis } from "./label-axis.ts";
import { labelledDimension } from "./label-coordinate.ts";
import { selectedDataset } from "./selected-dataset.ts";
import { parseSelector, printSelector, type Selector } from "./selector.ts";

type LabelStep = readonly Named<Selector<string>>[];

/** Labels of coordinates, ranges of them with both ends. */
export const sel: ViewOperation<LabelStep> = {
  name: "sel",
  summary:
    "Labels of coordinates: one (its dimension goes), several, or ranges with both ends and what lies between, in stored order. Of dates the end may be missing.",
  examples: ["sel(lat=20:70,lon=-45:65,time=2013-01:2013-06)", "sel(time=2013)", "sel(level=500;850)"],
  equivalent: 'ds.sel(lat=slice(20, 70), time="2013")',
  parse: (call) => parseLabels(call, "sel(lat=20:70)"),
  print: (step) => printStep("sel", step),
  apply: (input, step, context) => applied(input, { step, context, find: findLabels }),
};

/** The labels that lie nearest, as `ds.sel(method="nearest")`. */
export const nearest: ViewOperation<LabelStep> = {
  name: "nearest",
  summary: "The labels that lie nearest to the given ones.",
  examples: ["nearest(lat=52.5,lon=13.4)", "nearest(lat=50;52.5)"],
  equivalent: 'ds.sel(lat=52.5, lon=13.4, method="nearest")',
  parse(call) {
    const step = parseLabels(call, "nearest(lat=52.5)");
    const range = step.find(({ value }) => value.kind === "range");
    if (range) throw viewError('"nearest" takes labels, ranges are for "sel"', range.valueAt);
    return step;
  },
  print: (step) => printStep("nearest", step),
  apply: (input, step, context) => applied(input, { step, context, find: findNearest }),
};

function parseLabels(call: ViewCall, example: string): LabelStep {
  return namedArguments(call, example, ({ value, valueAt }) =>
    parseSelector({ text: value, at: valueAt }, LABELS),
  );
}

function printStep(name: string, step: LabelStep): string {
  return `${name}(${step.map(({ key, value }) => `${key}=${printSelector(value, printLabel)}`).join(",")})`;
}

interface LabelWork {
  readonly step: LabelStep;
  readonly context: ViewContext;
  readonly find: (axis: LabelAxis, argument: Named<Selector<string>>) => AxisSelection;
}

async function applied(input: Dataset, { step, context, find }: LabelWork): Promise<Dataset> {
  const selections = new Map<string, AxisSelection>();
  for (const argument of step) {
    const { dimension, axis } = await labelledDimension(input, argument, { signal: context.signal });
    if (selections.has(dimension)) throw viewError(`"${dimension}" is selected twice`, argument.at);
    selections.set(dimension, find(axis, argument));
  }
  return selectedDataset(input, selections, context);
}

function findNearest(axis: LabelAxis, argument: Named<Selector<string>>): AxisSelection {
  const { key, value, valueAt } = argument;
  const find = (label: string): number => {
    const position = nearestPosition(axis, meaningOf(axis, argument, label).first);
    if (position === undefined)
      throw viewError(`labels of "${key}" have no distances: sel takes them as they are`, valueAt);
    return position;
  };
  if (value.kind === "one") return onePosition(find(value.label));
  return positionsSelection(value.kind === "list" ? value.labels.map(find) : []);
}
