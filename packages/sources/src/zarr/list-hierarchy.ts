import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import {
  assertNodeCount,
  assertNodePath,
  type HierarchyLimits,
  type ZarrArrayNode,
  type ZarrHierarchy,
} from "./hierarchy.ts";
import type { JsonObject, ZarrDocument } from "./read-document.ts";

/** What one folder of the store is. */
export type ListedNode = { readonly documents: readonly ZarrDocument[] } & (
  | { readonly kind: "array"; readonly array: ZarrArrayNode }
  | { readonly kind: "group"; readonly attrs: JsonObject }
);

export interface ListingPlan {
  /** Attributes of the root group. */
  readonly attrs: JsonObject;
  /** Undefined where a folder holds no Zarr metadata. */
  read(path: string): Promise<ListedNode | undefined>;
  readonly limits: HierarchyLimits;
}

const CONCURRENT_READS = 16;

/**
 * Walks a store that has no consolidated metadata, level by level, folders in order of name.
 * Only groups are listed: the folders of an array hold chunks, which may be millions.
 */
export async function listHierarchy(
  store: ByteStore,
  plan: ListingPlan,
  options: CallOptions,
): Promise<Pick<ZarrHierarchy, "groups" | "arrays" | "documents" | "listed">> {
  const groups = new Map<string, JsonObject>([["", plan.attrs]]);
  const arrays = new Map<string, ZarrArrayNode>();
  const documents: ZarrDocument[] = [];
  const listed = new Map<string, readonly string[]>();
  for (let level: readonly string[] = [""]; level.length > 0; ) {
    const below = await mapConcurrently(level, CONCURRENT_READS, async (group) => {
      const names = await listFolders(store, group, plan.limits, options);
      listed.set(group, names);
      return names.map((name) => (group === "" ? name : `${group}/${name}`));
    });
    const paths = below.flat();
    assertNodeCount(groups.size + arrays.size + paths.length, plan.limits);
    const nodes = await mapConcurrently(paths, CONCURRENT_READS, async (path) => {
      assertNodePath(path, path, plan.limits);
      return { path, node: await plan.read(path) };
    });
    for (const { path, node } of nodes) {
      if (!node) continue;
      documents.push(...node.documents);
      if (node.kind === "array") arrays.set(path, node.array);
      else groups.set(path, node.attrs);
    }
    level = paths.filter((path) => groups.has(path));
  }
  return { groups, arrays, documents, listed };
}

/** Names of the folders below a group, sorted. */
export async function listFolders(
  store: ByteStore,
  group: string,
  limits: HierarchyLimits,
  options: CallOptions,
): Promise<readonly string[]> {
  if (!store.list) {
    throw new GatewayError(
      "unsupported",
      "the Zarr store has no consolidated metadata and cannot be listed: consolidate it (zarr.consolidate_metadata)",
    );
  }
  const names: string[] = [];
  for await (const name of store.list(group, options)) {
    if (!name.endsWith("/")) continue;
    names.push(name.slice(0, -1));
    assertNodeCount(names.length, limits);
  }
  return names.sort();
}
