import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { decodedSource } from "./decoded-source.ts";
import { decodedAttributes, valueCodingOf } from "./value-coding.ts";

export interface DecodeOptions {
  /** Where larger chunks are decoded; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
}

/**
 * The variable as xarray's `decode_cf` gives it: packed and masked numbers as floats with NaN, integers under the sign
 * that `_Unsigned` tells, 0 and 1 written from booleans as booleans. Times stay the numbers they are (`isTimeVariable`);
 * text and what needs no decoding is the same variable.
 */
export function decodedVariable(variable: Variable, { pool }: DecodeOptions = {}): Variable {
  const { source, attrs } = variable;
  if (source.storedOnly !== undefined) return variable;
  const coding = valueCodingOf(source.dtype, attrs);
  if (coding === undefined) return variable;
  return {
    ...variable,
    attrs: decodedAttributes(attrs, coding.decoded),
    source: decodedSource(source, coding, pool),
  };
}

/**
 * Attributes of a variable with the `units` and `calendar` that bounds of time take from the variable that names them, CF
 * §7.1: whoever computes with bounds loses that variable.
 */
export function withInheritedUnits(variable: Variable, dataset: Dataset): Variable {
  for (const { attrs, name } of dataset.variables.values()) {
    if (name === variable.name || attrs["bounds"] !== variable.name) continue;
    const { units, calendar } = attrs;
    if (typeof units !== "string" || !units.includes("since")) continue;
    const inherited: Attributes = { units, ...(calendar !== undefined && { calendar }) };
    return { ...variable, attrs: { ...inherited, ...variable.attrs } };
  }
  return variable;
}
