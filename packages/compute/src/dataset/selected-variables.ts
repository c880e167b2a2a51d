import { coordinateNames, type Dataset } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { withReferences } from "./cf-references.ts";
import { derivedDataset } from "./derived-dataset.ts";
import { visibleDimensions } from "./visible-dimensions.ts";

/**
 * The named variables of the root group, with the coordinates that lie on their dimensions, as `ds[["tas", "pr"]]` of
 * xarray; in stored order. Child groups are left out.
 * @throws GatewayError invalid_request for a name that the dataset lacks
 */
export function selectedVariables(dataset: Dataset, names: readonly string[]): Dataset {
  assertVariables(dataset, names);
  const dims = new Set(names.flatMap((name) => dataset.variables.get(name)?.dims ?? []));
  const coordinates = coordinateNames(dataset);
  const selected = new Set(names);
  for (const name of coordinates) {
    const variable = dataset.variables.get(name);
    if (variable && visibleDimensions(variable).every((dim) => dims.has(dim))) selected.add(name);
  }
  return keeping({ ...derivedDataset(dataset, { groups: new Map() }) }, selected);
}

/**
 * All but the named variables.
 * @throws GatewayError invalid_request for a name that the dataset lacks
 */
export function withoutVariables(dataset: Dataset, names: readonly string[]): Dataset {
  assertVariables(dataset, names);
  const dropped = new Set(names);
  return keeping(dataset, new Set([...dataset.variables.keys()].filter((name) => !dropped.has(name))));
}

function keeping(dataset: Dataset, names: ReadonlySet<string>): Dataset {
  const isGone = (name: string): boolean => dataset.variables.has(name) && !names.has(name);
  const newName = (name: string): string | undefined => (isGone(name) ? undefined : name);
  const kept = [...dataset.variables].filter(([name]) => names.has(name));
  const variables = new Map(
    kept.map(([name, variable]) => [name, { ...variable, attrs: withReferences(variable.attrs, newName) }]),
  );
  return derivedDataset(dataset, { attrs: withReferences(dataset.attrs, newName), variables });
}

/** Says what there is, because the name comes from a person. */
export function assertVariables(dataset: Dataset, names: Iterable<string>): void {
  for (const name of names) {
    if (dataset.variables.has(name)) continue;
    const known = [...dataset.variables.keys()].slice(0, 50).join(", ");
    throw new GatewayError("invalid_request", `there is no variable "${name}"; the dataset has ${known}`);
  }
}
