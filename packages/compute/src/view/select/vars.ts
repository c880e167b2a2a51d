import { coordinateNames } from "@zarr-gateway/dataset";
import { derivedDataset } from "../../dataset/derived-dataset.ts";
import { selectedVariables } from "../../dataset/selected-variables.ts";
import { withCoordinates } from "../../dataset/with-coordinates.ts";
import { type ViewCall, viewError } from "../view-call.ts";
import type { ViewOperation } from "../view-operation.ts";
import { unknownName } from "./dimension-arguments.ts";
import { LABELS, printLabel } from "./label.ts";
import type { Token } from "./selector.ts";

/** Some variables, with the coordinates that lie on their dimensions. */
export const vars: ViewOperation<readonly Token[]> = {
  name: "vars",
  summary: "Some variables, with the coordinates that lie on their dimensions.",
  examples: ["vars(tas,pr)"],
  equivalent: 'ds[["tas", "pr"]]',
  parse: parseNames,
  print: (step) => `vars(${step.map(({ text }) => printLabel(text)).join(",")})`,
  async apply(input, step) {
    for (const { text, at } of step) {
      if (!input.variables.has(text))
        throw unknownName("variable", { name: text, at }, [...input.variables.keys()]);
    }
    const result = selectedVariables(
      input,
      step.map(({ text }) => text),
    );
    return derivedDataset(result, withCoordinates(result, coordinateNames(input)));
  },
};

/** In alphabetical order, as the order of the names changes nothing. */
function parseNames(call: ViewCall): Token[] {
  if (call.arguments.length === 0) throw viewError('"vars" needs a name, as in "vars(tas)"', call.at);
  const names = call.arguments.map(({ key, at, value, valueAt }) => {
    if (key !== undefined) throw viewError("expected names of variables alone", at);
    const found = LABELS.match(value, 0);
    if (found?.length !== value.length) throw viewError("expected the name of a variable", valueAt);
    return { text: found.label, at: valueAt };
  });
  const unique = names.filter(({ text }, at) => names.findIndex((other) => other.text === text) === at);
  return unique.sort((a, b) => (a.text < b.text ? -1 : 1));
}
