import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { describingNames } from "./cf-references.ts";

/**
 * Tells the variables that say where data lie, which nobody wants changed, from the data: coordinates, their bounds, cell
 * sizes and grid mappings, of the whole tree because groups inherit them.
 */
export function auxiliaryVariables(root: Dataset): (name: string, variable: Variable) => boolean {
  const names = new Set<string>();
  collect(root, names);
  return (name, variable) => names.has(name) || looksLikeCoordinate(variable);
}

function collect(group: Dataset, names: Set<string>): void {
  for (const name of [...coordinateNames(group), ...describingNames(group.attrs)]) names.add(name);
  for (const { attrs } of group.variables.values())
    for (const name of describingNames(attrs)) names.add(name);
  for (const child of group.groups.values()) collect(child, names);
}

/** By the attributes that CF lets readers recognise coordinates by, for files whose variables do not name theirs. */
function looksLikeCoordinate({ attrs }: Variable): boolean {
  const { axis, units, standard_name: name } = attrs;
  return (
    (typeof axis === "string" && /^[TXYZ]$/.test(axis)) ||
    (typeof units === "string" && /^degrees?_?(north|east|n|e)$/i.test(units)) ||
    (typeof name === "string" && /^(grid_)?(latitude|longitude)$|^time$/.test(name))
  );
}
