import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { decodedVariable, withInheritedUnits } from "../../decoded/decoded-variable.ts";
import { isDurationVariable, isTimeVariable } from "../../decoded/time-variable.ts";
import type { Token } from "../../view/select/selector.ts";
import { viewError } from "../../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../../view/view-operation.ts";
import { reduced } from "../reduced.ts";
import type { Reduction } from "../reduction.ts";
import { resultType } from "../result-type.ts";
import { changedVariables, computedVariable, liesAlong, nothingAlong } from "./changed-variables.ts";
import { namedDimensions, parseDimensionNames, parseOneDimension, printNames } from "./dimension-names.ts";

interface ReductionStep {
  readonly at: number;
  /** None: all dimensions. */
  readonly names: readonly Token[];
}

const SUMMARIES: Readonly<Record<Reduction, string>> = {
  mean: "Means over dimensions, all of them where none is named; missing values are skipped.",
  min: "Smallest values over dimensions.",
  max: "Largest values over dimensions.",
  sum: "Sums over dimensions; 0 where everything is missing.",
  std: "Standard deviations over dimensions, of the population (ddof=0).",
  var: "Variances over dimensions, of the population (ddof=0).",
  median: "Medians over dimensions.",
  count: "How many values are there over dimensions.",
  first: "The first value along a dimension that is not missing.",
  last: "The last value along a dimension that is not missing.",
};
const NAMES = Object.keys(SUMMARIES) as Reduction[]; // the keys of a record by Reduction

/** `mean(time)`, `sum(lat,lon)`, `max()` and the like. */
export const reductions: readonly ViewOperation<ReductionStep>[] = NAMES.map((action) => {
  const isEdge = action === "first" || action === "last";
  return {
    name: action,
    summary: SUMMARIES[action],
    examples: isEdge ? [`${action}(time)`] : [`${action}(time)`, `${action}(lat,lon)`, `${action}()`],
    equivalent: isEdge ? `ds.isel(time=${action === "first" ? 0 : -1})` : `ds.${action}("time")`,
    parse: (call) => ({
      at: call.at,
      names: isEdge ? [parseOneDimension(call)] : parseDimensionNames(call),
    }),
    print: ({ names }) => `${action}(${printNames(names)})`,
    apply: async (input, step, context) => reducedDataset(input, { ...step, action }, context),
  };
});

/**
 * All variables reduced as the method of xarray's Dataset does. Coordinates along a reduced dimension are lost, and so are
 * data that the action means nothing for: text, and sums, deviations and medians of points in time.
 */
export function reducedDataset(
  input: Dataset,
  { action, names, at }: ReductionStep & { readonly action: Reduction },
  { pool, readsMayWait }: ViewContext,
): Dataset {
  const dims = namedDimensions(input, names);
  assertNotEmpty(input, action, dims, at);
  let isComputed = false;
  const result = changedVariables(input, {
    coordinate: (variable) => (liesAlong(variable, dims) ? undefined : variable),
    data(variable) {
      const axes = variable.dims.flatMap((dim, axis) => (dim !== null && dims.has(dim) ? [axis] : []));
      if (axes.length === 0 && isUnchanged(action, variable)) return variable;
      const decoded = decodedVariable(withInheritedUnits(variable, input), { pool });
      if (!isReducible(action, decoded)) return axes.length === 0 ? variable : undefined;
      isComputed ||= axes.length > 0;
      return computedVariable(decoded, {
        dims: variable.dims.filter((_, axis) => !axes.includes(axis)),
        source: reduced(decoded.source, { action, axes, pool, readsMayWait }),
        attrs: attributesOf(action, decoded),
      });
    },
  });
  if (!isComputed) throw nothingAlong(action, dims, at);
  return result;
}

/** Without a dimension to reduce, deviations and counts are still those of single values; numpy reduces scalars all the same. */
function isUnchanged(action: Reduction, { dims, source }: Variable): boolean {
  if (source.storedOnly !== undefined) return true;
  if (action === "std" || action === "var" || action === "count") return false;
  return dims.length > 0 || action === "first" || action === "last";
}

/** True where the action means something for the values as a client sees them. */
export function isReducible(action: Reduction | "quantile", variable: Variable): boolean {
  const { source } = variable;
  if (source.storedOnly !== undefined || resultType(action, source.dtype) === undefined) return false;
  const isOrder = action === "min" || action === "max" || action === "first" || action === "last";
  if (action === "count" || action === "mean" || isOrder) return true;
  if (action === "quantile" && source.dtype === "bool") return false;
  if (isTimeVariable(variable)) return action === "quantile";
  return !isDurationVariable(variable) || action === "sum" || action === "median" || action === "quantile";
}

/** Floats say that NaN is missing, numbers of values are no longer in any unit of time. */
function attributesOf(action: Reduction, variable: Variable): Variable["attrs"] {
  const { attrs, source } = variable;
  const dtype = resultType(action, source.dtype);
  const { _FillValue: _fill, ...kept } = attrs;
  if (action === "count")
    return isTimeVariable(variable) || isDurationVariable(variable) ? withoutTime(kept) : kept;
  return dtype?.startsWith("float") === true ? { ...kept, _FillValue: Number.NaN } : kept;
}

function withoutTime({
  units: _units,
  calendar: _calendar,
  dtype: _dtype,
  ...rest
}: Variable["attrs"]): Variable["attrs"] {
  return rest;
}

/** The smallest of nothing is nothing that could be written. */
function assertNotEmpty(input: Dataset, action: Reduction, dims: ReadonlySet<string>, at: number): void {
  if (action !== "min" && action !== "max" && action !== "first" && action !== "last") return;
  for (const { dims: own, source } of input.variables.values()) {
    const empty = own.find((dim, axis) => dim !== null && dims.has(dim) && source.grid.shape[axis] === 0);
    if (empty !== undefined)
      throw viewError(`"${empty ?? ""}" has no positions, there is no ${action} of them`, at);
  }
}
