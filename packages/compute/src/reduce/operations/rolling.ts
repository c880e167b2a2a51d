import {
  bytesPerElement,
  type DataType,
  dimensionSizes,
  isTimeType,
  type Variable,
} from "@zarr-gateway/dataset";
import { isDurationVariable, isTimeVariable } from "../../decoded/time-variable.ts";
import { printLabel } from "../../view/select/label.ts";
import type { Token } from "../../view/select/selector.ts";
import { type ViewArgument, type ViewCall, viewError } from "../../view/view-call.ts";
import type { ViewOperation } from "../../view/view-operation.ts";
import { isWholeNumber } from "../integers.ts";
import type { Reduction } from "../reduction.ts";
import { resultType } from "../result-type.ts";
import { scannedSource } from "../scan/scanned-source.ts";
import { type AlongDimension, changedAlong } from "./along-dimension.ts";
import { computedVariable } from "./changed-variables.ts";
import { namedDimensions } from "./dimension-names.ts";

interface RollingStep {
  readonly name: Token;
  readonly window: number;
  readonly windowAt: number;
  readonly action: RollingAction;
  readonly isCentred: boolean;
  /** All of the window where absent. */
  readonly minPeriods: number | undefined;
}

const ACTIONS = ["mean", "min", "max", "sum", "std", "var", "median", "count"] as const;
type RollingAction = (typeof ACTIONS)[number];
const EXAMPLE = '"rolling(time=5,mean)"';

/** `rolling(time=5,mean)`, with `center=true` and `min_periods=1` where they are wanted. */
export const rolling: ViewOperation<RollingStep> = {
  name: "rolling",
  summary: `Windows of so many positions that end at each position, or have it in their middle (center=true): ${ACTIONS.join(", ")}. Missing where fewer than min_periods values are there, of all by default.`,
  examples: ["rolling(time=5,mean)", "rolling(time=5,mean,center=true,min_periods=1)"],
  equivalent: "ds.rolling(time=5, center=True, min_periods=1).mean()",
  parse: parseRolling,
  print({ name, window, action, isCentred, minPeriods }) {
    const center = isCentred ? ",center=true" : "";
    const least = minPeriods === undefined || minPeriods === window ? "" : `,min_periods=${minPeriods}`;
    return `rolling(${printLabel(name.text)}=${window},${action}${center}${least})`;
  },
  async apply(input, step, context) {
    namedDimensions(input, [step.name]);
    const length = dimensionSizes(input.variables.values()).get(step.name.text) ?? 0;
    if (step.window > length) {
      throw viewError(
        `a window of ${step.window} is longer than "${step.name.text}", which has ${length} positions`,
        step.windowAt,
      );
    }
    return changedAlong(
      input,
      step.name,
      {
        action: `rolling ${step.action}`,
        coordinate: (variable) => variable,
        data: (along) => rolled(along, step),
      },
      context,
    );
  },
};

function parseRolling(call: ViewCall): RollingStep {
  let [window, action]: [ViewArgument | undefined, RollingAction | undefined] = [undefined, undefined];
  let [isCentred, minPeriods]: [boolean, number | undefined] = [false, undefined];
  for (const argument of call.arguments) {
    const { key, value, valueAt, at } = argument;
    if (key === undefined) {
      const found = ACTIONS.find((name) => name === value);
      if (found === undefined) throw viewError(`expected one of ${ACTIONS.join(", ")}`, valueAt);
      if (action !== undefined) throw viewError("a window is reduced in one way", at);
      action = found;
    } else if (key === "center") {
      if (!/^(true|false)$/i.test(value)) throw viewError("expected true or false", valueAt);
      isCentred = value.toLowerCase() === "true";
    } else if (key === "min_periods") minPeriods = positive(argument);
    else if (window !== undefined) throw viewError("windows go along one dimension", at);
    else window = argument;
  }
  if (window?.key === undefined)
    throw viewError(`"rolling" needs a dimension and a window, as in ${EXAMPLE}`, call.at);
  if (action === undefined)
    throw viewError(`"rolling" needs one of ${ACTIONS.join(", ")}, as in ${EXAMPLE}`, call.at);
  const size = positive(window);
  if (minPeriods !== undefined && minPeriods > size) {
    throw viewError(`min_periods is ${minPeriods}, the window has ${size}`, call.at);
  }
  return {
    name: { text: window.key, at: window.at },
    window: size,
    windowAt: window.valueAt,
    action,
    isCentred,
    minPeriods,
  };
}

function positive({ value, valueAt }: ViewArgument): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw viewError("expected a number of positions, 1 or more", valueAt);
}

function rolled(
  { variable, axis, pool, kept }: AlongDimension,
  { action, window, isCentred, minPeriods = window }: RollingStep,
): Variable | undefined {
  const { source, attrs } = variable;
  const dtype = rollingType(action, source.dtype);
  const isTime = isTimeType(source.dtype) || isTimeVariable(variable) || isDurationVariable(variable);
  if (dtype === undefined || (isTime && action !== "count")) return undefined;
  const after = isCentred ? window - 1 - Math.floor(window / 2) : 0;
  const { units: _units, calendar: _calendar, dtype: _dtype, ...timeless } = attrs;
  return computedVariable(variable, {
    attrs: { ...(isTime ? timeless : attrs), _FillValue: Number.NaN },
    source: scannedSource(source, {
      axis,
      dtype,
      fill: Number.NaN,
      length: source.grid.shape[axis] ?? 0,
      before: window - 1 - after,
      after,
      stepOf: () => ({ kind: "rolling", action, window, after, minPeriods }),
      pool,
      kept,
    }),
  });
}

/** As numpy's of windows that may have missing values: integers become floats that hold them. */
function rollingType(action: Reduction, dtype: DataType): DataType | undefined {
  if (resultType("mean", dtype) === undefined) return undefined;
  if (action === "count") return "float64";
  if (!isWholeNumber(dtype)) return dtype;
  if (dtype === "bool")
    return action === "std" || action === "var" || action === "median" ? undefined : "float64";
  const isWide = action === "mean" || action === "sum" || (bytesPerElement(dtype) ?? 8) > 2;
  return isWide ? "float64" : "float32";
}
