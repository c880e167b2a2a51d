import type { Dataset, Variable } from "./dataset.ts";

/**
 * Names of a group's coordinates as CF and xarray see them: variables named like their only dimension, and those
 * that a `coordinates` attribute of the group or of one of its variables lists.
 */
export function coordinateNames(group: Dataset): Set<string> {
  const listed = [
    group.attrs["coordinates"],
    ...[...group.variables.values()].map((v) => v.attrs["coordinates"]),
  ];
  const names = new Set<string>();
  for (const [name, variable] of group.variables) {
    if (variable.dims.length === 1 && variable.dims[0] === name) names.add(name);
  }
  for (const attribute of listed) {
    if (typeof attribute !== "string") continue;
    for (const name of attribute.split(/\s+/)) if (group.variables.has(name)) names.add(name);
  }
  return names;
}

/** Length of every dimension of a group's variables, in order of first use. */
export function dimensionSizes(variables: Iterable<Variable>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { dims, source } of variables) {
    for (const [axis, dim] of dims.entries()) {
      if (dim !== null && !sizes.has(dim)) sizes.set(dim, source.grid.shape[axis] ?? 0);
    }
  }
  return sizes;
}
