import { dimensionSizes, isTimeType, type Variable } from "@zarr-gateway/dataset";
import { isTimeVariable } from "../../decoded/time-variable.ts";
import { selected } from "../../view/select/selected.ts";
import type { Token } from "../../view/select/selector.ts";
import { viewError } from "../../view/view-call.ts";
import type { ViewOperation } from "../../view/view-operation.ts";
import { resultType } from "../result-type.ts";
import { scannedSource } from "../scan/scanned-source.ts";
import { type AlongDimension, changedAlong } from "./along-dimension.ts";
import { computedVariable } from "./changed-variables.ts";
import { namedDimensions, parseOneDimension, printNames } from "./dimension-names.ts";

/** `diff(time)`: each value less the one before it. */
export const difference: ViewOperation<Token> = {
  name: "diff",
  summary: "Each value less the one before it, under the label of the later one.",
  examples: ["diff(time)"],
  equivalent: 'ds.diff("time")',
  parse: parseOneDimension,
  print: (step) => `diff(${printNames([step])})`,
  async apply(input, step, context) {
    namedDimensions(input, [step]);
    const length = dimensionSizes(input.variables.values()).get(step.text) ?? 0;
    if (length < 2)
      throw viewError(`"${step.text}" has ${length} positions, a difference needs two`, step.at);
    return changedAlong(
      input,
      step,
      {
        action: "difference",
        coordinate: (variable) => withoutFirst(variable, step.text, length),
        data: differences,
      },
      context,
    );
  },
};

function withoutFirst(variable: Variable, dim: string, length: number): Variable {
  if (!variable.dims.includes(dim)) return variable;
  const rest = { runs: [{ start: 1, step: 1, count: length - 1 }], length: length - 1, isDropped: false };
  const axes = variable.dims.map((own) => (own === dim ? rest : undefined));
  return computedVariable(variable, { source: selected(variable.source, { axes }) });
}

function differences({ variable, axis, pool, kept }: AlongDimension): Variable | undefined {
  const { source, attrs } = variable;
  const { dtype, grid } = source;
  if (dtype === "bool" || resultType("min", dtype) === undefined) return undefined;
  const changed = dtype.startsWith("datetime64") ? (`timedelta64[${dtype.slice(11, -1)}]` as const) : dtype;
  return computedVariable(variable, {
    attrs: isTimeVariable(variable) && !isTimeType(dtype) ? durationAttributes(attrs) : attrs,
    source: scannedSource(source, {
      axis,
      dtype: changed,
      fill: source.fill ?? 0,
      length: (grid.shape[axis] ?? 0) - 1,
      before: 0,
      after: 1,
      stepOf: () => ({ kind: "difference" }),
      pool,
      kept,
    }),
  });
}

/** Between two points in time lies a length of time, in words that xarray reads as one. */
function durationAttributes({ calendar: _calendar, units, ...attrs }: Variable["attrs"]): Variable["attrs"] {
  const unit = String(units).split(/\s+since\s+/)[0] ?? "";
  return { ...attrs, units: unit.endsWith("s") ? unit : `${unit}s`, dtype: "timedelta64[ns]" };
}
