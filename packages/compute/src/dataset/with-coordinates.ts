import { type Attributes, coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { describingNames } from "./cf-references.ts";
import { visibleDimensions } from "./visible-dimensions.ts";

type Group = Pick<Dataset, "attrs" | "variables">;

/**
 * A group whose `coordinates` attributes make readers take all of these variables for coordinates, as xarray writes them:
 * on every data variable whose dimensions they share, else on the group. For what is derived from a group that had them as
 * coordinates: without it a scalar, or one that only a removed variable listed, would become data.
 */
export function withCoordinates(group: Dataset, names: Iterable<string>): Group {
  const known = coordinateNames(group);
  const missing = [...names].filter((name) => group.variables.has(name) && !known.has(name));
  if (missing.length === 0) return group;
  const all = new Set([...known, ...missing]);
  const described = new Set([...group.variables.values()].flatMap(({ attrs }) => describingNames(attrs)));
  const unlisted = new Set(missing);
  const variables = new Map<string, Variable>();
  for (const [name, variable] of group.variables) {
    const isData = !all.has(name) && !described.has(name) && isListable(variable.attrs);
    const own = isData ? missing.filter((other) => isOn(group.variables.get(other), variable)) : [];
    for (const other of own) unlisted.delete(other);
    variables.set(name, own.length === 0 ? variable : { ...variable, attrs: listing(variable.attrs, own) });
  }
  return { attrs: unlisted.size === 0 ? group.attrs : listing(group.attrs, [...unlisted]), variables };
}

function isOn(coordinate: Variable | undefined, { dims }: Variable): boolean {
  return coordinate !== undefined && visibleDimensions(coordinate).every((dim) => dims.includes(dim));
}

function isListable({ coordinates }: Attributes): boolean {
  return coordinates === undefined || typeof coordinates === "string";
}

function listing(attrs: Attributes, names: readonly string[]): Attributes {
  const listed = typeof attrs["coordinates"] === "string" ? attrs["coordinates"].split(/\s+/) : [];
  return { ...attrs, coordinates: [...listed.filter((name) => name !== ""), ...names].join(" ") };
}
