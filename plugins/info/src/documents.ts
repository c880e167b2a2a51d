import { type Dataset, groupAt, walkGroups } from "@zarr-gateway/dataset";
import { encodeAttributes } from "@zarr-gateway/primitives";
import { type DecodedGroup, type DecodedVariable, decodedGroup } from "./decoded-view.ts";

/** `P/keys`: names of all variables, coordinates included. */
export function keysDocument(group: DecodedGroup): unknown {
  return group.variables.map((variable) => variable.name);
}

/** `P/dict`: what `ds.to_dict(data=False)` gives. */
export function dictDocument(group: DecodedGroup): unknown {
  const described = (wanted: boolean): Record<string, unknown> =>
    Object.fromEntries(
      group.variables
        .filter((variable) => group.coordinates.has(variable.name) === wanted)
        .map(({ name, dims, attrs, dtype, shape }) => [
          name,
          { dims, attrs: encodeAttributes(attrs), dtype, shape },
        ]),
    );
  return {
    coords: described(true),
    attrs: encodeAttributes(group.attrs),
    dims: Object.fromEntries(group.sizes),
    data_vars: described(false),
  };
}

/** `P/info`: NCO-JSON like. */
export function infoDocument(group: DecodedGroup): unknown {
  const described = ({ dtype, dims, attrs }: DecodedVariable): unknown => ({
    type: dtype,
    dimensions: dims,
    attributes: encodeAttributes(attrs),
  });
  return {
    dimensions: Object.fromEntries(group.sizes),
    variables: Object.fromEntries(group.variables.map((variable) => [variable.name, described(variable)])),
    global_attributes: encodeAttributes(group.attrs),
  };
}

/** `P/groups`: absolute paths of all groups, root first. */
export function groupsDocument(dataset: Dataset): string[] {
  return [...walkGroups(dataset)].map(([path]) => `/${path.join("/")}`);
}

/** The group at a path with what it inherits, or undefined. */
export function decodedGroupAt(dataset: Dataset, path: readonly string[]): DecodedGroup | undefined {
  const group = groupAt(dataset, path);
  if (!group) return undefined;
  const parents = path
    .map((_, depth) => groupAt(dataset, path.slice(0, depth)))
    .filter((parent) => parent !== undefined);
  return decodedGroup(group, parents);
}
