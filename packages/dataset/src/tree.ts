import type { Dataset } from "./dataset.ts";

/** The group at a path of names, or undefined; `[]` is the dataset itself. */
export function groupAt(dataset: Dataset, path: readonly string[]): Dataset | undefined {
  let group: Dataset | undefined = dataset;
  for (const name of path) group = group?.groups.get(name);
  return group;
}

/** Every group with its path, parents before children, in stored order. */
export function* walkGroups(
  dataset: Dataset,
  path: readonly string[] = [],
): Generator<readonly [path: readonly string[], group: Dataset]> {
  yield [path, dataset];
  for (const [name, child] of dataset.groups) yield* walkGroups(child, [...path, name]);
}
