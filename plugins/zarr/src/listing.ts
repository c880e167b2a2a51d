import { type Dataset, groupAt } from "@zarr-gateway/dataset";
import type { DirectoryListing } from "@zarr-gateway/http";

/** What stands below a group or array, or undefined where there is neither. */
export function listNode(
  root: Dataset,
  path: readonly string[],
  documents: { readonly group: readonly string[]; readonly array: readonly string[] },
): DirectoryListing | undefined {
  const title = `/${path.join("/")}`;
  const group = groupAt(root, path);
  if (group) {
    const children = [...group.groups.keys(), ...group.variables.keys()].map((name) => `${name}/`);
    return { title, entries: [...documents.group, ...children] };
  }
  const parent = groupAt(root, path.slice(0, -1));
  return parent?.variables.has(path.at(-1) ?? "") ? { title, entries: documents.array } : undefined;
}
