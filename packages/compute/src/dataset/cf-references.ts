import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";

/**
 * Attributes by which CF variables name others, and how: "names" is a list of names, "pairs" is `term: name …`,
 * "keys" is `name: words`.
 * @see CF conventions, appendix A
 */
const REFERENCES: Readonly<Record<string, "names" | "pairs" | "keys">> = {
  coordinates: "names",
  bounds: "names",
  climatology: "names",
  ancillary_variables: "names",
  grid_mapping: "names",
  formula_terms: "pairs",
  cell_measures: "pairs",
  cell_methods: "keys",
};

/**
 * The attributes with every name they refer to changed. A name that becomes undefined leaves `coordinates`, because
 * xarray ignores the whole list when one of them does not exist; other attributes keep it.
 */
export function withReferences(attrs: Attributes, newName: (name: string) => string | undefined): Attributes {
  const entries = Object.entries(attrs).flatMap(([key, value]): [string, AttributeValue][] => {
    const kind = REFERENCES[key];
    if (kind === undefined || typeof value !== "string") return [[key, value]];
    if (key !== "coordinates") return [[key, changeWords(value, kind, (name) => newName(name) ?? name)]];
    const names = value.split(/\s+/).filter((name) => name !== "");
    const kept = names.map(newName).filter((name) => name !== undefined);
    if (kept.length === 0 && names.length > 0) return [];
    return [[key, names.every((name, position) => name === kept[position]) ? value : kept.join(" ")]];
  });
  return Object.fromEntries(entries);
}

function changeWords(
  text: string,
  kind: "names" | "pairs" | "keys",
  newName: (name: string) => string,
): string {
  return text.replace(/([^\s:()]+)(:?)/g, (word, name: string, colon: string) => {
    const isName = kind === "names" || (kind === "keys") === (colon === ":");
    return isName ? `${newName(name)}${colon}` : word;
  });
}

/** Attributes that name variables which describe others: coordinates, their bounds, cells and grids. */
const DESCRIBING = ["coordinates", "bounds", "climatology", "grid_mapping", "formula_terms", "cell_measures"];

/** Names of the variables that describe the one with these attributes. */
export function describingNames(attrs: Attributes): string[] {
  const names: string[] = [];
  for (const key of DESCRIBING) {
    const [kind, value] = [REFERENCES[key], attrs[key]];
    if (kind === undefined || typeof value !== "string") continue;
    changeWords(value, kind, (name) => {
      names.push(name);
      return name;
    });
  }
  return names;
}
