import type { Dataset } from "@zarr-gateway/dataset";
import { viewError } from "../view-call.ts";
import type { ViewContext, ViewOperation } from "../view-operation.ts";
import { type AxisSelection, onePosition, positionsSelection } from "./axis-selection.ts";
import { dimensionLength, type Named, namedArguments } from "./dimension-arguments.ts";
import { selectedDataset } from "./selected-dataset.ts";
import { parseSelector, printSelector, type Selector } from "./selector.ts";

type IselStep = readonly Named<Selector<number>>[];

const POSITION = /[+-]?\d{1,15}(?!\d)/y;
const GRAMMAR = {
  match(text: string, at: number) {
    POSITION.lastIndex = at;
    const found = POSITION.exec(text)?.[0];
    return found === undefined ? undefined : { label: Number(found) + 0, length: found.length };
  },
  expected: "a position such as 0 or -12, or a range such as 0:10",
};

/** Positions along dimensions, as Python counts them. */
export const isel: ViewOperation<IselStep> = {
  name: "isel",
  summary:
    "Positions along dimensions, from 0, negative ones from the end; ranges without their end, with a step.",
  examples: ["isel(time=0)", "isel(time=-12:)", "isel(time=::7,lat=0;5;-1)"],
  equivalent: "ds.isel(time=slice(-12, None))",
  parse: (call) =>
    namedArguments(call, "isel(time=0)", ({ value, valueAt }) =>
      parseSelector({ text: value, at: valueAt }, GRAMMAR),
    ),
  print: (step) =>
    `isel(${step.map(({ key, value }) => `${key}=${printSelector(value, String)}`).join(",")})`,
  async apply(input: Dataset, step: IselStep, context: ViewContext): Promise<Dataset> {
    const selections = step.map((argument) => {
      const length = dimensionLength(input, argument.key, argument.at);
      return [argument.key, positionsIn(argument, length)] as const;
    });
    return selectedDataset(input, new Map(selections), context);
  },
};

function positionsIn({ key, value, valueAt }: Named<Selector<number>>, length: number): AxisSelection {
  const inside = (position: number): number => {
    const counted = position < 0 ? position + length : position;
    if (counted >= 0 && counted < length) return counted;
    throw viewError(`"${key}" has ${length} positions, ${position} is none of them`, valueAt);
  };
  switch (value.kind) {
    case "one":
      return onePosition(inside(value.label));
    case "list":
      return positionsSelection(value.labels.map(inside));
    case "range": {
      const selection = rangeSelection(value, length);
      if (selection === undefined)
        throw viewError(`the range selects nothing: "${key}" has ${length} positions`, valueAt);
      return selection;
    }
    default:
      return value satisfies never;
  }
}

/** As Python's `slice.indices`; undefined where nothing is left. */
export function rangeSelection(
  {
    from,
    to,
    step,
  }: { readonly from: number | undefined; readonly to: number | undefined; readonly step: number },
  length: number,
): AxisSelection | undefined {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const bound = (position: number | undefined, otherwise: number): number => {
    if (position === undefined) return otherwise;
    return Math.min(Math.max(position < 0 ? position + length : position, low), high);
  };
  const start = bound(from, step > 0 ? low : high);
  const end = bound(to, step > 0 ? high : low);
  const count = Math.ceil((end - start) / step);
  if (count <= 0) return undefined;
  return { runs: [{ start, step, count }], length: count, isDropped: false };
}
