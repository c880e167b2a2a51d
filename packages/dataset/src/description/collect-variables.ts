import { type CoordinateKind, coordinateKind } from "../cf/coordinate-kind.ts";
import { coordinateNames } from "../coordinates.ts";
import type { Dataset, Variable } from "../dataset.ts";
import { walkGroups } from "../tree.ts";

/** A variable with its place in the tree. */
export interface PlacedVariable {
  /** `tas`, `forecast/tas`. */
  readonly path: string;
  /** Of its group, "" for the root. */
  readonly group: string;
  readonly variable: Variable;
  readonly isCoordinate: boolean;
  /** What it measures, where it is a coordinate. */
  readonly kind: CoordinateKind | undefined;
  /** Names that tell dimensions of different groups apart: `time`, `daily/time` where that one is another. */
  readonly dims: readonly string[];
}

/** All variables, parents first. A dimension that a child group has in another size is one of its own. */
export function collectVariables(dataset: Dataset): PlacedVariable[] {
  const sizes = new Map<string, number>();
  return [...walkGroups(dataset)].flatMap(([path, group]) => {
    const coordinates = coordinateNames(group);
    const groupPath = path.join("/");
    const bounds = boundsNames(group);
    const mappings = gridMappingNames(group);
    const nameOf = (name: string, size: number): string => {
      const own = groupPath === "" ? name : `${groupPath}/${name}`;
      const chosen = (sizes.get(name) ?? size) === size ? name : own;
      sizes.set(chosen, size);
      return chosen;
    };
    return [...group.variables].map(([name, variable]) => {
      const kind = bounds.has(name) ? undefined : coordinateKind(variable);
      const isPlace = kind === "longitude" || kind === "latitude";
      return {
        path: groupPath === "" ? name : `${groupPath}/${name}`,
        group: groupPath,
        variable,
        isCoordinate: coordinates.has(name) || bounds.has(name) || mappings.has(name) || isPlace,
        kind: coordinates.has(name) || isPlace ? kind : undefined,
        dims: variable.dims.map((dim, axis) =>
          nameOf(dim ?? `${name}_dim_${axis}`, variable.source.grid.shape[axis] ?? 0),
        ),
      };
    });
  });
}

/** Variables that hold the edges of cells (CF §7.1): they have the units of a coordinate, but are none. */
function boundsNames(group: Dataset): Set<string> {
  const names = [...group.variables.values()].flatMap(({ attrs }) => [attrs["bounds"], attrs["climatology"]]);
  return new Set(names.filter((name) => typeof name === "string"));
}

/** Variables that say where a grid lies (CF §5.6), and hold no data. */
function gridMappingNames(group: Dataset): Set<string> {
  const names = [...group.variables.values()].flatMap(({ attrs }) => {
    const mapping = attrs["grid_mapping"];
    return typeof mapping === "string" ? mapping.split(/[:\s]+/) : [];
  });
  return new Set(names);
}

/** The coordinate variable of a dimension: the one named like it, else the first along it alone that measures something. */
export function coordinateOf(variables: readonly PlacedVariable[], dim: string): PlacedVariable | undefined {
  const along = variables.filter(
    ({ isCoordinate, dims }) => isCoordinate && dims.length === 1 && dims[0] === dim,
  );
  const named = along.find(({ variable }) => variable.name === dim.split("/").at(-1));
  return named ?? along.find(({ kind }) => kind === "time" || kind === "vertical");
}
