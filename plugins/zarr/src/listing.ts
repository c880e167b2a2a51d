import { type Dataset, groupAt, type Variable } from "@zarr-gateway/dataset";
import type { DirectoryListing } from "@zarr-gateway/http";

export interface ListedNodes {
  /** Names of the documents of a group and of an array. */
  readonly group: readonly string[];
  readonly array: readonly string[];
  isPublished(variable: Variable, name: string): boolean;
}

/** What stands below a group or array, or undefined where there is neither. */
export function listNode(
  root: Dataset,
  path: readonly string[],
  { group: groupDocuments, array, isPublished }: ListedNodes,
): DirectoryListing | undefined {
  const title = `/${path.join("/")}`;
  const group = groupAt(root, path);
  if (group) {
    const arrays = [...group.variables].filter(([name, variable]) => isPublished(variable, name));
    const children = [...group.groups.keys(), ...arrays.map(([name]) => name)].map((name) => `${name}/`);
    return { title, entries: [...groupDocuments, ...children] };
  }
  const name = path.at(-1) ?? "";
  const variable = groupAt(root, path.slice(0, -1))?.variables.get(name);
  return variable && isPublished(variable, name) ? { title, entries: array } : undefined;
}
