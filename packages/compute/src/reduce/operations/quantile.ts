import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { constantSource } from "../../constant-source.ts";
import { derivedDataset } from "../../dataset/derived-dataset.ts";
import { withCoordinates } from "../../dataset/with-coordinates.ts";
import { decodedVariable, withInheritedUnits } from "../../decoded/decoded-variable.ts";
import type { Token } from "../../view/select/selector.ts";
import { type ViewArgument, type ViewCall, viewError } from "../../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../../view/view-operation.ts";
import { reduced } from "../reduced.ts";
import { changedVariables, computedVariable, liesAlong, nothingAlong } from "./changed-variables.ts";
import { namedDimensions, parseDimensionNames, printNames } from "./dimension-names.ts";
import { isReducible } from "./reductions.ts";

interface QuantileStep {
  readonly at: number;
  /** None: all dimensions. */
  readonly names: readonly Token[];
  /** From 0 to 1; a list makes a dimension. */
  readonly quantiles: number | readonly number[];
}

const MAX_QUANTILES = 100;
const DIMENSION = "quantile";

/** `quantile(time,0.9)`, `quantile(time,0.1;0.5;0.9)`. */
export const quantile: ViewOperation<QuantileStep> = {
  name: "quantile",
  summary:
    "Quantiles over dimensions, between neighbouring values in proportion; a list gives a first dimension `quantile`.",
  examples: ["quantile(time,0.9)", "quantile(time,0.1;0.5;0.9)"],
  equivalent: 'ds.quantile([0.1, 0.5, 0.9], "time")',
  parse(call) {
    const last = call.arguments.at(-1);
    if (last === undefined) throw viewError('"quantile" needs a number, as in "quantile(time,0.9)"', call.at);
    const names = parseDimensionNames(call, call.arguments.slice(0, -1));
    return { at: call.at, names, quantiles: parseQuantiles(call, last) };
  },
  print({ names, quantiles }) {
    const list = [quantiles].flat();
    const text =
      typeof quantiles === "number" ? String(quantiles) : list.length === 1 ? `[${list}]` : list.join(";");
    return `quantile(${names.length === 0 ? "" : `${printNames(names)},`}${text})`;
  },
  apply: async (input, step, context) => quantileDataset(input, step, context),
};

function parseQuantiles(call: ViewCall, { key, at, value, valueAt }: ViewArgument): number | number[] {
  if (key !== undefined) throw viewError("expected a number from 0 to 1", at);
  const isBracketed = value.startsWith("[") && value.endsWith("]");
  const texts = (isBracketed ? value.slice(1, -1) : value).split(/[;,]/);
  if (texts.length > MAX_QUANTILES) throw viewError(`at most ${MAX_QUANTILES} quantiles at once`, valueAt);
  const numbers = texts.map((text) => {
    const number = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text.trim())
      ? Number(text)
      : Number.NaN;
    if (number >= 0 && number <= 1) return number;
    throw viewError(`"${call.name}" ends with a number from 0 to 1, as in "quantile(time,0.9)"`, valueAt);
  });
  return numbers.length === 1 && !isBracketed ? (numbers[0] ?? 0) : numbers;
}

function quantileDataset(
  input: Dataset,
  { names, quantiles, at }: QuantileStep,
  { pool, readsMayWait }: ViewContext,
): Dataset {
  const dims = namedDimensions(input, names);
  const isList = typeof quantiles === "object";
  let isComputed = false;
  const result = changedVariables(input, {
    // scalars are lost too, as xarray's are
    coordinate: (variable) =>
      variable.dims.length === 0 || liesAlong(variable, dims) ? undefined : variable,
    data(variable) {
      const axes = variable.dims.flatMap((dim, axis) => (dim !== null && dims.has(dim) ? [axis] : []));
      if (axes.length === 0 && variable.dims.length > 0) return variable;
      const decoded = decodedVariable(withInheritedUnits(variable, input), { pool });
      if (!isReducible("quantile", decoded)) return axes.length === 0 ? variable : undefined;
      isComputed ||= axes.length > 0;
      const kept = variable.dims.filter((_, axis) => !axes.includes(axis));
      return computedVariable(decoded, {
        dims: isList ? [DIMENSION, ...kept] : kept,
        source: reduced(decoded.source, {
          action: "quantile",
          axes,
          quantiles,
          pool,
          readsMayWait,
        }),
        attrs: { ...decoded.attrs, _FillValue: Number.NaN },
      });
    },
  });
  if (!isComputed) throw nothingAlong("quantile", dims, at);
  const variables = new Map([...result.variables, [DIMENSION, quantileCoordinate(quantiles)]]);
  const whole = derivedDataset(result, { variables });
  return derivedDataset(whole, withCoordinates(whole, [DIMENSION]));
}

function quantileCoordinate(quantiles: number | readonly number[]): Variable {
  const values = Float64Array.from([quantiles].flat());
  const isList = typeof quantiles === "object";
  const source = constantSource({
    dtype: "float64",
    fill: Number.NaN,
    shape: isList ? [values.length] : [],
    values,
  });
  return { name: DIMENSION, dims: isList ? [DIMENSION] : [], attrs: {}, source };
}
