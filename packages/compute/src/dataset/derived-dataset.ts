import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";

/** What a derived dataset may change; the rest is its parent's, `close`, `isCurrent` and `history` included. */
export interface DatasetChanges {
  readonly attrs?: Attributes;
  readonly variables?: ReadonlyMap<string, Variable>;
  readonly groups?: ReadonlyMap<string, Dataset>;
}

export function derivedDataset(parent: Dataset, changes: DatasetChanges): Dataset {
  const { isCurrent, history, close } = parent;
  return {
    ...parent,
    ...changes,
    ...(isCurrent && { isCurrent: (options) => isCurrent.call(parent, options) }),
    ...(history && { history: (options) => history.call(parent, options) }),
    ...(close && { close: () => close.call(parent) }),
  };
}

/** The same change to a group and all below it; `path` holds the names of the groups on the way. */
export function mapGroups(
  dataset: Dataset,
  change: (group: Dataset, path: readonly string[]) => DatasetChanges,
  path: readonly string[] = [],
): Dataset {
  const groups = new Map(
    [...dataset.groups].map(([name, group]) => [name, mapGroups(group, change, [...path, name])]),
  );
  return derivedDataset({ ...derivedDataset(dataset, {}), groups }, change(dataset, path));
}
