import type { Dataset, Variable } from "@zarr-gateway/dataset";
import type { ArrayDescription } from "./array-metadata.ts";
import { formatArrayV2 } from "./array-v2.ts";
import { formatArrayV3 } from "./array-v3.ts";
import { formatMemberGroupV3, GROUP_V2 } from "./group.ts";
import type { JsonObject } from "./json-field.ts";

/** How a variable is published; undefined: not at all. */
export type DescribeVariable = (variable: Variable, name: string) => ArrayDescription | undefined;

/**
 * `zarr.json` of all descendants of a group by path below it, upper levels first. Children of one parent stand side by
 * side: zarr-python groups the keys of one depth by runs of the same parent, and forgets a run for a later one.
 */
export function membersV3(group: Dataset, describe: DescribeVariable): Map<string, JsonObject> {
  const members = new Map<string, JsonObject>();
  for (const [prefix, parent] of byLevel(group)) {
    for (const [name, variable] of parent.variables) {
      const description = describe(variable, name);
      if (description) members.set(`${prefix}${name}`, formatArrayV3(description));
    }
    for (const [name, child] of parent.groups)
      members.set(`${prefix}${name}`, formatMemberGroupV3(child.attrs));
  }
  return members;
}

/** All documents of a group and its descendants by key below it: `.zgroup`, `tas/.zarray`, … In the order of `membersV3`. */
export function documentsV2(group: Dataset, describe: DescribeVariable): Map<string, JsonObject> {
  const documents = new Map<string, JsonObject>([
    [".zgroup", GROUP_V2],
    [".zattrs", group.attrs],
  ]);
  for (const [prefix, parent] of byLevel(group)) {
    for (const [name, variable] of parent.variables) {
      const description = describe(variable, name);
      if (description === undefined) continue;
      const { zarray, zattrs } = formatArrayV2(description);
      documents.set(`${prefix}${name}/.zarray`, zarray);
      documents.set(`${prefix}${name}/.zattrs`, zattrs);
    }
    for (const [name, child] of parent.groups) {
      documents.set(`${prefix}${name}/.zgroup`, GROUP_V2);
      documents.set(`${prefix}${name}/.zattrs`, child.attrs);
    }
  }
  return documents;
}

/** Every group with the path of what lies in it, level by level. */
function byLevel(group: Dataset): [prefix: string, group: Dataset][] {
  const all: [string, Dataset][] = [["", group]];
  for (const [prefix, parent] of all) {
    for (const [name, child] of parent.groups) all.push([`${prefix}${name}/`, child]);
  }
  return all;
}
