import { type Dataset, dimensionSizes } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { withReferences } from "./cf-references.ts";
import { type DatasetChanges, mapGroups } from "./derived-dataset.ts";

/**
 * Variables and dimensions under other names, as `ds.rename` of xarray, also where CF attributes refer to them.
 * Applies to all groups.
 * @throws GatewayError invalid_request for a name that occurs nowhere; conflict where two would get the same name
 */
export function renamed(dataset: Dataset, names: Readonly<Record<string, string>>): Dataset {
  const table = new Map(Object.entries(names));
  const used = new Set<string>();
  const newName = (name: string): string => table.get(name) ?? name;
  const result = mapGroups(dataset, (group) => {
    for (const name of [...group.variables.keys(), ...dimensionSizes(group.variables.values()).keys()])
      used.add(name);
    return renamedGroup(group, newName);
  });
  for (const name of table.keys()) {
    if (!used.has(name)) {
      throw new GatewayError("invalid_request", `there is no variable or dimension "${name}" to rename`);
    }
  }
  return result;
}

function renamedGroup(group: Dataset, newName: (name: string) => string): DatasetChanges {
  const variables = new Map<string, NonNullable<ReturnType<Dataset["variables"]["get"]>>>();
  for (const [name, variable] of group.variables) {
    const to = newName(name);
    if (variables.has(to)) throw new GatewayError("conflict", `two variables would be called "${to}"`);
    variables.set(to, {
      ...variable,
      name: to,
      dims: variable.dims.map((dim) => (dim === null ? null : newName(dim))),
      attrs: withReferences(variable.attrs, newName),
    });
  }
  return { attrs: withReferences(group.attrs, newName), variables };
}
