import { coordinateKind, type Dataset, type Variable } from "@zarr-gateway/dataset";

/** A variable and where it stands. */
export interface Placed {
  /** `tas`, `forecast/tas`. */
  readonly path: string;
  readonly variable: Variable;
}

/** Variables that a group sees by their names: its own and those of the groups above it. */
export type Scope = ReadonlyMap<string, Placed>;

export interface Found extends Placed {
  readonly scope: Scope;
  /** Segments of the path that were asked beyond the variable's own. */
  readonly rest: readonly string[];
}

/** The variable that the first segments name; groups come before variables of the same name. */
export function findVariable(dataset: Dataset, segments: readonly string[]): Found | undefined {
  const [name = "", ...rest] = segments;
  return search(dataset, { prefix: "", above: new Map() }, name, rest);
}

interface Above {
  readonly prefix: string;
  readonly above: Scope;
}

function search(
  group: Dataset,
  { prefix, above }: Above,
  name: string,
  rest: readonly string[],
): Found | undefined {
  const own = [...group.variables].map(
    ([key, variable]) => [key, { path: `${prefix}${key}`, variable }] as const,
  );
  const scope: Scope = new Map([...above, ...own]);
  const child = group.groups.get(name);
  const [next, ...further] = rest;
  const below =
    child && next !== undefined
      ? search(child, { prefix: `${prefix}${name}/`, above: scope }, next, further)
      : undefined;
  const placed = group.variables.has(name) ? scope.get(name) : undefined;
  return below ?? (placed && { ...placed, scope, rest });
}

/** The coordinate of a dimension: named like it, else a time or height along it alone. */
export function coordinateOf(dim: string, scope: Scope): Placed | undefined {
  const isAlong = ({ variable }: Placed): boolean => variable.dims.length === 1 && variable.dims[0] === dim;
  const named = scope.get(dim);
  if (named && isAlong(named)) return named;
  const along = [...scope.values()].filter(isAlong);
  const kinds = along.map((placed) => ({ placed, kind: coordinateKind(placed.variable) }));
  return (
    kinds.find(({ kind }) => kind === "time" || kind === "vertical")?.placed ??
    along.find(({ variable }) => variable.source.dtype === "string")
  );
}

/** An attribute that is a text with something in it. */
export function textOf({ attrs }: Variable, name: string): string | undefined {
  const value = attrs[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
