import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { withReferences } from "../dataset/cf-references.ts";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import { withCoordinates } from "../dataset/with-coordinates.ts";
import type { ViewContext } from "../view/view-operation.ts";
import type { GroupPlan } from "./group-plan.ts";
import { groupedVariable } from "./grouped-variable.ts";

/**
 * Every data variable reduced within the groups, as `Dataset.groupby(…).mean()` of xarray: those without the dimension get
 * it too, coordinates along it go, others stay.
 * @throws GatewayError invalid_request where the new dimension would clash with something that stays
 */
export function groupedDataset(dataset: Dataset, plan: GroupPlan, context: ViewContext): Dataset {
  const coordinates = coordinateNames(dataset);
  const variables = new Map<string, Variable>();
  for (const [name, variable] of dataset.variables) {
    if (name === plan.label?.name) continue;
    if (!coordinates.has(name)) {
      const changed = groupedVariable(dataset, variable, { plan, context });
      if (changed !== undefined) variables.set(name, changed);
    } else if (!variable.dims.includes(plan.dim)) variables.set(name, withoutBounds(variable, plan));
  }
  assertNoClash(dataset, plan, variables);
  if (plan.label !== undefined) variables.set(plan.label.name, plan.label);
  const result = withoutLost(dataset, variables);
  const kept = [...coordinates, plan.name].filter((name) => variables.has(name));
  return derivedDataset(result, withCoordinates(result, kept));
}

/** Readers take what `bounds` names for times where the coordinate is one, and counts are none. */
function withoutBounds(variable: Variable, { action }: GroupPlan): Variable {
  if (action !== "count" || variable.attrs["bounds"] === undefined) return variable;
  const { bounds: _bounds, ...attrs } = variable.attrs;
  return { ...variable, attrs };
}

/** A dataset with these variables only; lists of coordinates name none that is gone. */
export function withoutLost(dataset: Dataset, variables: ReadonlyMap<string, Variable>): Dataset {
  const newName = (name: string): string | undefined =>
    dataset.variables.has(name) && !variables.has(name) ? undefined : name;
  const changed = [...variables].map(
    ([name, variable]) => [name, { ...variable, attrs: withReferences(variable.attrs, newName) }] as const,
  );
  return derivedDataset(dataset, {
    attrs: withReferences(dataset.attrs, newName),
    variables: new Map(changed),
  });
}

function assertNoClash(
  dataset: Dataset,
  { dim, name }: GroupPlan,
  variables: ReadonlyMap<string, Variable>,
): void {
  if (name === dim) return;
  const other = [...variables.values()].find((variable) => {
    const before = dataset.variables.get(variable.name)?.dims ?? [];
    return variable.name === name || before.includes(name);
  });
  if (other === undefined) return;
  throw new GatewayError(
    "invalid_request",
    `the groups would be called "${name}", which "${other.name}" has already; rename or leave it out with "vars"`,
  );
}
