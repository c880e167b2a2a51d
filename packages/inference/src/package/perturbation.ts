import type { Perturbation } from "../model-package.ts";
import type { NamedVariable } from "./variable-lists.ts";
import { type Report, readMap, readNames, readNumber, required, type Written } from "./written.ts";

export function readPerturbation(
  written: Written | undefined,
  variables: readonly NamedVariable[],
  report: Report,
): Perturbation | undefined {
  const entries = written && readMap(written, report, ["variables", "correlation"]);
  if (written === undefined || entries === undefined) return undefined;
  const what = "a map: names of state variables, and standard deviations";
  const list = required(entries, "variables", { report, at: written, what });
  const stds = list && readNames(list, report, what);
  if (list && stds?.size === 0) report(list, `expected ${what}; got none`);
  const std = [...(stds ?? [])].flatMap(([name, value]) => {
    const known = variables.find((variable) => variable.name === name);
    if (known === undefined) report(value, `no tensor has a variable ${JSON.stringify(name)}`);
    else if (known.role === "diagnostic")
      report(value, `expected a state variable; ${name} is diagnostic, so that no state has it`);
    const number = readNumber(value, report, {
      what: "a standard deviation, at least 0",
      accepts: (one) => Number.isFinite(one) && one >= 0,
    });
    return number === undefined ? [] : [[name, number] as const];
  });
  const length = entries.get("correlation");
  const correlationKm =
    length &&
    readNumber(length, report, {
      what: "a length in km, at least 0",
      accepts: (one) => Number.isFinite(one) && one >= 0,
    });
  return { std: Object.fromEntries(std), correlationKm: correlationKm ?? 0 };
}
