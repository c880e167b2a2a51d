import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { derivedDataset } from "../../dataset/derived-dataset.ts";
import { decodedVariable } from "../../decoded/decoded-variable.ts";
import { isTimeVariable } from "../../decoded/time-variable.ts";
import { conversionBetween, parseUnit } from "../../units/conversion.ts";
import { convertedSource } from "../../units/converted-source.ts";
import { type Named, namedArguments, unknownName } from "../select/dimension-arguments.ts";
import { LABELS } from "../select/label.ts";
import { viewError } from "../view-call.ts";
import type { ViewOperation } from "../view-operation.ts";

/** Numbers of the old unit, which would be wrong in the new one. */
const IN_OLD_UNITS = ["valid_min", "valid_max", "valid_range", "actual_range"];
const NUMBER = /^(u?int|float)\d+$/;

/** Variables in other units. */
export const convert: ViewOperation<readonly Named<string>[]> = {
  name: "convert",
  summary:
    "Variables in other units, by their attribute `units`: K, degC, degF, Pa, hPa, m s-1, knots, kg m-2 s-1, mm day-1, gpm, percent and many more; a kilogram of water on a square metre is a millimetre.",
  examples: ["convert(tas=degC)", "convert(pr=mm day-1,psl=hPa)"],
  equivalent: 'ds.assign(tas=(ds.tas - 273.15).assign_attrs({**ds.tas.attrs, "units": "degC"}))',
  parse: (call) =>
    namedArguments(call, "convert(tas=degC)", ({ value, valueAt }) => {
      const text = (value.startsWith('"') ? (LABELS.match(value, 0)?.label ?? value) : value).replaceAll(
        /\s+/g,
        " ",
      );
      if (parseUnit(text) === undefined)
        throw viewError(`"${text.slice(0, 40)}" is no unit that is known here`, valueAt);
      return text;
    }),
  print: (step) => `convert(${step.map(({ key, value }) => `${key}=${value}`).join(",")})`,
  async apply(input, step, { pool }) {
    const variables = new Map(input.variables);
    for (const argument of step) {
      const variable = decodedVariable(numericVariable(input, argument), { pool });
      variables.set(argument.key, convertedVariable(variable, argument));
    }
    return derivedDataset(input, { variables });
  },
};

function numericVariable(input: Dataset, { key, at }: Named<string>): Variable {
  const variable = input.variables.get(key);
  if (variable === undefined) throw unknownName("variable", { name: key, at }, [...input.variables.keys()]);
  const isNumeric =
    NUMBER.test(variable.source.dtype) &&
    !isTimeVariable(variable) &&
    variable.source.storedOnly === undefined;
  if (!isNumeric) throw viewError(`"${key}" holds no numbers with a unit`, at);
  return variable;
}

function convertedVariable(variable: Variable, { key, at, value, valueAt }: Named<string>): Variable {
  const { units } = variable.attrs;
  if (typeof units !== "string") throw viewError(`"${key}" does not say its units`, at);
  const [from, to] = [parseUnit(units), parseUnit(value)];
  if (from === undefined || to === undefined)
    throw viewError(`"${key}" is in "${units.slice(0, 40)}", which is no unit that is known here`, at);
  const conversion = conversionBetween(from, to);
  if (conversion === undefined)
    throw viewError(`"${key}" is in "${units}", which cannot be converted to "${value}"`, valueAt);
  const kept = Object.entries(variable.attrs).filter(([name]) => !IN_OLD_UNITS.includes(name));
  return {
    ...variable,
    attrs: { ...Object.fromEntries(kept), units: value },
    source: convertedSource(variable.source, conversion),
  };
}
