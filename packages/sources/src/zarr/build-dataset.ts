import { createHash } from "node:crypto";
import type { Attributes, Dataset, DatasetWarning, Variable } from "@zarr-gateway/dataset";
import { isGatewayError } from "@zarr-gateway/primitives";
import { type ArrayContext, createVariable } from "./create-variable.ts";
import { attributesV2 } from "./dimension-names.ts";
import type { ZarrHierarchy } from "./hierarchy.ts";
import type { ZarrDocument } from "./read-document.ts";

interface Group {
  readonly attrs: Attributes;
  readonly variables: Map<string, Variable>;
  readonly groups: Map<string, Group>;
}

/**
 * The hierarchy as datasets. An array that cannot be represented is left out with a warning.
 * @param name of the variable where the store is a single array
 * @throws GatewayError where that single array cannot be represented
 */
export function buildDataset(hierarchy: ZarrHierarchy, context: ArrayContext, name: string): Dataset {
  const warnings: DatasetWarning[] = [];
  const root = createGroups(hierarchy);
  for (const [path, node] of hierarchy.arrays) {
    const { parent, leaf } = split(path, name);
    const group = root.at(parent);
    if (!group) {
      warnings.push({ path: `/${path}`, message: "left out: it lies below an array" });
      continue;
    }
    try {
      const { variable, warning } = createVariable(node, { ...context, path, name: leaf });
      group.variables.set(leaf, variable);
      if (warning !== undefined) warnings.push({ path: `/${path}`, message: warning });
    } catch (error) {
      // valid or not, what cannot be understood of one array says nothing about the others
      if (!isGatewayError(error)) throw error;
      if (path === "") throw error;
      warnings.push({ path: `/${path}`, message: `left out: ${error.message}` });
    }
  }
  return {
    ...root.group,
    version: versionOf(hierarchy.documents),
    warnings,
    format: `zarr v${hierarchy.zarrFormat}`,
  };
}

/** Groups by path; those that have no document of their own are there because something lies below them. */
function createGroups(hierarchy: ZarrHierarchy): {
  readonly group: Group;
  at(path: string): Group | undefined;
} {
  const byPath = new Map<string, Group>();
  const at = (path: string): Group | undefined => {
    const known = byPath.get(path);
    if (known) return known;
    if (path !== "" && hierarchy.arrays.has(path)) return undefined;
    const stored = hierarchy.groups.get(path) ?? {};
    const attrs = hierarchy.zarrFormat === 2 ? attributesV2(stored) : stored;
    const group: Group = { attrs, variables: new Map(), groups: new Map() };
    if (path !== "") {
      const { parent, leaf } = split(path, "");
      const above = at(parent);
      if (!above) return undefined;
      above.groups.set(leaf, group);
    }
    byPath.set(path, group);
    return group;
  };
  for (const path of hierarchy.groups.keys()) at(path);
  const group = at("") as Group; // the root is made where it is not stored
  return { group, at };
}

function split(path: string, rootName: string): { readonly parent: string; readonly leaf: string } {
  if (path === "") return { parent: "", leaf: rootName };
  const slash = path.lastIndexOf("/");
  return { parent: path.slice(0, Math.max(slash, 0)), leaf: path.slice(slash + 1) };
}

function versionOf(documents: readonly ZarrDocument[]): string {
  const hash = createHash("sha256");
  for (const { key, digest } of documents) hash.update(`${key}\n${digest}\n`);
  return hash.digest("hex").slice(0, 32);
}
