import { type Dataset, elementCount, stridesOf, type Variable } from "@zarr-gateway/dataset";
import { decodedVariable } from "../../decoded/decoded-variable.ts";
import { isDurationVariable, isTimeVariable } from "../../decoded/time-variable.ts";
import type { Token } from "../../view/select/selector.ts";
import { viewError } from "../../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../../view/view-operation.ts";
import type { Factors } from "../reduce-options.ts";
import { reduced } from "../reduced.ts";
import { resultType } from "../result-type.ts";
import { sharedNumbers } from "../shared-numbers.ts";
import { type CellWeights, cellWeights } from "./cell-areas.ts";
import { changedVariables, computedVariable, liesAlong, nothingAlong } from "./changed-variables.ts";
import { namedDimensions, parseDimensionNames, printNames } from "./dimension-names.ts";

interface WeightedStep {
  readonly at: number;
  /** None: all dimensions. */
  readonly names: readonly Token[];
}

/** `wmean(lat,lon)`: means weighted by cell area. */
export const weightedMean: ViewOperation<WeightedStep> = {
  name: "wmean",
  summary:
    "Means weighted by cell area: `areacella` or `areacello` where the dataset has it, else from cell bounds, else the cosine of latitude.",
  examples: ["wmean(lat,lon)", "wmean(lat)"],
  equivalent: 'ds.weighted(np.cos(np.deg2rad(ds.lat))).mean(["lat", "lon"])',
  parse: (call) => ({ at: call.at, names: parseDimensionNames(call) }),
  print: ({ names }) => `wmean(${printNames(names)})`,
  apply: weightedDataset,
};

async function weightedDataset(
  input: Dataset,
  { names, at }: WeightedStep,
  context: ViewContext,
): Promise<Dataset> {
  const dims = namedDimensions(input, names);
  const known = new Map<string, Promise<readonly CellWeights[]>>();
  const factorsOf = new Map<Variable, Factors>();
  for (const variable of input.variables.values()) {
    if (!liesAlong(variable, dims)) continue;
    const key = `${variable.dims.join(" ")} ${String(variable.attrs["cell_measures"] ?? "")}`;
    const weights = known.get(key) ?? cellWeights(input, variable, context);
    known.set(key, weights);
    const factors = combined(await weights, variable, dims);
    if (factors !== undefined) factorsOf.set(variable, factors);
  }
  let isComputed = false;
  const result = changedVariables(input, {
    coordinate: (variable) => (liesAlong(variable, dims) ? undefined : variable),
    data(variable) {
      if (!liesAlong(variable, dims)) return variable;
      const decoded = decodedVariable(variable, context);
      const isMean =
        decoded.source.storedOnly === undefined && resultType("slope", decoded.source.dtype) !== undefined;
      if (!isMean || isTimeVariable(decoded) || isDurationVariable(decoded)) return undefined;
      const axes = variable.dims.flatMap((dim, axis) => (dim !== null && dims.has(dim) ? [axis] : []));
      const factors = factorsOf.get(variable);
      if (factors === undefined) return undefined;
      isComputed = true;
      return computedVariable(decoded, {
        dims: variable.dims.filter((_, axis) => !axes.includes(axis)),
        source: reduced(decoded.source, {
          action: "mean",
          axes,
          factors,
          resultType: "float64",
          pool: context.pool,
          readsMayWait: context.readsMayWait,
        }),
        attrs: { ...decoded.attrs, _FillValue: Number.NaN },
      });
    },
  });
  if (isComputed) return result;
  if (factorsOf.size > 0) throw nothingAlong("weighted mean", dims, at);
  const where = [...dims].join(", ");
  throw viewError(`no variable along ${where} has cell areas or latitudes; "mean" weights all the same`, at);
}

/** The product of the weights along the axes that any of them has; only where one of those is reduced it matters. */
function combined(
  weights: readonly CellWeights[],
  { dims, source }: Variable,
  reducedDims: ReadonlySet<string>,
): Factors | undefined {
  const useful = weights.filter((one) => one.dims.some((dim) => reducedDims.has(dim)));
  const isKnown = weights.length > 0;
  if (!isKnown) return undefined;
  const names = new Set(useful.flatMap((one) => one.dims));
  const axes = dims.flatMap((dim, axis) => (dim !== null && names.has(dim) ? [axis] : []));
  const shape = axes.map((axis) => source.grid.shape[axis] ?? 1);
  const values = sharedNumbers(elementCount(shape)).fill(1);
  const strides = stridesOf(shape);
  for (const one of useful) {
    const own = stridesOf(one.shape);
    const steps = axes.map((axis) => own[one.dims.indexOf(dims[axis] ?? "")] ?? 0);
    for (let at = 0; at < values.length; at += 1) {
      let place = 0;
      for (const [position, stride] of strides.entries()) {
        place += (Math.floor(at / stride) % (shape[position] ?? 1)) * (steps[position] ?? 0);
      }
      values[at] = (values[at] ?? 0) * (one.values[place] ?? 0);
    }
  }
  return { values, axes };
}
