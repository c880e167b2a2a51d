import type { TensorPlan } from "../model-package.ts";
import type { Reading } from "./pieces.ts";
import { expected, numberOf, readMap, readNumber, required, type Written } from "./written.ts";

/** What mean and std are checked against. */
export interface Normalized {
  /** undefined where the channels could not be read. */
  readonly channels: number | undefined;
  /** Inputs are divided by std. */
  readonly isInput: boolean;
}

/** Reads `{mean, std}`, one number or one a channel. */
export function readNormalize(
  written: Written,
  reading: Reading,
  normalized: Normalized,
): TensorPlan["normalize"] | undefined {
  const { report } = reading;
  const entries = readMap(written, report, ["mean", "std"]);
  if (entries === undefined) return undefined;
  const numbers = (name: string): readonly number[] | undefined => {
    const value = required(entries, name, { report, at: written, what: "a number, a list or an .npy file" });
    return value && readNumbers(value, reading, normalized);
  };
  const mean = numbers("mean");
  const std = numbers("std");
  const zero = std?.indexOf(0) ?? -1;
  if (normalized.isInput && zero >= 0)
    report(
      entries.get("std") ?? written,
      `expected no 0, by which inputs would be divided; number ${zero} is 0`,
    );
  return mean && std && { mean, std };
}

function readNumbers(
  written: Written,
  { report, arrays }: Reading,
  { channels }: Normalized,
): readonly number[] | undefined {
  if (numberOf(written) !== undefined) {
    const value = readNumber(written, report, { what: "a number that is finite" });
    return value === undefined ? undefined : [value];
  }
  const values = written.kind === "list" ? listed(written.items, report) : named(written, { report, arrays });
  if (values === undefined) return undefined;
  if (channels !== undefined && values.length !== 1 && values.length !== channels) {
    report(written, `expected one number, or one for each of ${channels} channels; got ${values.length}`);
    return undefined;
  }
  const numbers = Array.from(values);
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) report(written, `expected finite numbers; number ${wrong} is ${numbers[wrong]}`);
  return numbers;
}

function listed(items: readonly Written[], report: Reading["report"]): readonly number[] | undefined {
  const values = items.map((item) => readNumber(item, report, { what: "a number that is finite" }));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function named(
  written: Written,
  { report, arrays }: Pick<Reading, "report" | "arrays">,
): readonly number[] | Float32Array | Float64Array | undefined {
  if (written.kind !== "scalar" || typeof written.value !== "string")
    return expected(report, written, "a number, a list of numbers or the name of an .npy file");
  return arrays.get(written.value)?.values;
}
