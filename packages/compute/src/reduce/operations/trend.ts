import {
  type Dataset,
  dimensionSizes,
  isStringValues,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { decodedVariable } from "../../decoded/decoded-variable.ts";
import { toNumbers } from "../../decoded/number-values.ts";
import { isDurationVariable, isTimeVariable } from "../../decoded/time-variable.ts";
import type { Token } from "../../view/select/selector.ts";
import { viewError } from "../../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../../view/view-operation.ts";
import { reduced } from "../reduced.ts";
import { resultType } from "../result-type.ts";
import { sharedNumbers } from "../shared-numbers.ts";
import { changedVariables, computedVariable, liesAlong, nothingAlong } from "./changed-variables.ts";
import { namedDimensions, parseOneDimension, printNames } from "./dimension-names.ts";

/** `trend(time)`: slopes. */
export const trend: ViewOperation<Token> = {
  name: "trend",
  summary:
    "Slope of the least-squares line along a dimension, per unit of its coordinate: of days since a date, per day. Missing values are skipped, fewer than two give a missing slope.",
  examples: ["trend(time)"],
  equivalent: 'ds.polyfit("time", 1).sel(degree=1), per unit of the coordinate',
  parse: parseOneDimension,
  print: (step) => `trend(${printNames([step])})`,
  async apply(input, step, context) {
    const dims = namedDimensions(input, [step]);
    const values = await centredCoordinate(input, step, context);
    let isComputed = false;
    const unit = coordinateUnit(input.variables.get(step.text));
    const result = changedVariables(input, {
      coordinate: (variable) => (liesAlong(variable, dims) ? undefined : variable),
      data(variable) {
        const axis = variable.dims.indexOf(step.text);
        if (axis < 0) return variable;
        const decoded = decodedVariable(variable, context);
        if (isTimeVariable(decoded) || isDurationVariable(decoded)) return undefined;
        if (decoded.source.storedOnly || resultType("slope", decoded.source.dtype) === undefined)
          return undefined;
        isComputed = true;
        return computedVariable(decoded, {
          dims: variable.dims.filter((_, at) => at !== axis),
          source: reduced(decoded.source, {
            action: "slope",
            axes: [axis],
            factors: { values, axes: [axis] },
            pool: context.pool,
            readsMayWait: context.readsMayWait,
          }),
          attrs: { ...decoded.attrs, ...unitsPer(decoded, unit), _FillValue: Number.NaN },
        });
      },
    });
    if (!isComputed) throw nothingAlong("trend", dims, step.at);
    return result;
  },
};

/** The coordinate around its mean; positions where there is none. */
async function centredCoordinate(
  input: Dataset,
  { text, at }: Token,
  context: ViewContext,
): Promise<Float64Array> {
  const length = dimensionSizes(input.variables.values()).get(text) ?? 0;
  const variable = input.variables.get(text);
  const numbers = sharedNumbers(length);
  if (variable === undefined || variable.dims.length !== 1) {
    for (let position = 0; position < length; position += 1) numbers[position] = position;
  } else {
    const values = await wholeValues(decodedVariable(variable).source, context);
    if (isStringValues(values) || resultType("mean", variable.source.dtype) === undefined) {
      throw viewError(`"${text}" has no numbers that a trend could go along`, at);
    }
    numbers.set(toNumbers(offsetFromFirst(values)));
  }
  const mean = numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, length);
  if (!Number.isFinite(mean)) throw viewError(`"${text}" has missing values, a trend cannot go along it`, at);
  for (let position = 0; position < length; position += 1)
    numbers[position] = (numbers[position] ?? 0) - mean;
  return numbers;
}

/** Nanoseconds since 1970 are too many for a float64; their differences are not. */
function offsetFromFirst<Values>(values: Values): Values | Float64Array {
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return values;
  const first = values[0] ?? 0n;
  return Float64Array.from(values, (value: bigint) => Number(value - first));
}

/** `day` of "days since 1850-01-01", `ns` of datetime64[ns]; undefined where the coordinate has no units. */
function coordinateUnit(variable: Variable | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const { units } = variable.attrs;
  if (variable.source.dtype.startsWith("datetime64")) return variable.source.dtype.slice(11, -1);
  if (typeof units !== "string") return undefined;
  const [unit = units, since] = units.split(/\s+since\s+/);
  return since === undefined ? unit : unit.replace(/s$/, "");
}

function unitsPer({ attrs: { units } }: Variable, unit: string | undefined): Variable["attrs"] {
  if (unit === undefined) return {};
  const per = /^\w+$/.test(unit) ? `${unit}-1` : `(${unit})-1`;
  return { units: typeof units === "string" && units !== "1" && units !== "" ? `${units} ${per}` : per };
}
