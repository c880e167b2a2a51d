import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore } from "@zarr-gateway/stores";
import type { HierarchyLimits, ZarrHierarchy } from "./hierarchy.ts";
import { listFolders } from "./list-hierarchy.ts";

/** Documents and groups looked at in one call; a store without consolidated metadata can have thousands. */
const MAX_CHECKED = 256;
const MAX_LISTED = 64;
const CONCURRENT_CHECKS = 16;

/**
 * Asks whether the metadata are still those that were read: one or two stats where they are consolidated.
 * Of many documents each call looks at the next few, and always at the first, the root's.
 */
export function currencyOf(
  store: ByteStore,
  hierarchy: ZarrHierarchy,
  limits: HierarchyLimits,
): (options?: CallOptions) => Promise<boolean> {
  const known = [
    ...hierarchy.documents.map(({ key, stat }) => ({ key, stat })),
    ...hierarchy.absent.map((key) => ({ key, stat: undefined })),
  ];
  const listed = [...hierarchy.listed];
  let next = 0;
  return async (options = {}) => {
    const turn = next;
    next += 1;
    const documents = await mapConcurrently(
      windowOf(known, turn, MAX_CHECKED),
      CONCURRENT_CHECKS,
      async ({ key, stat }) => isSame(await store.stat(key, options), stat),
    );
    if (documents.includes(false)) return false;
    const folders = await mapConcurrently(
      windowOf(listed, turn, MAX_LISTED),
      CONCURRENT_CHECKS,
      async ([group, names]) => isEqual(await listFolders(store, group, limits, options), names),
    );
    return !folders.includes(false);
  };
}

/** The first item and, turn by turn, the others. */
function windowOf<Item>(items: readonly Item[], turn: number, size: number): readonly Item[] {
  if (items.length <= size) return items;
  const start = 1 + ((turn * (size - 1)) % (items.length - 1));
  return [...items.slice(0, 1), ...items.slice(start, start + size - 1)];
}

function isSame(now: ByteStat | undefined, then: ByteStat | undefined): boolean {
  return now?.size === then?.size && now?.version === then?.version;
}

function isEqual(now: readonly string[], then: readonly string[]): boolean {
  return now.length === then.length && now.every((name, position) => name === then[position]);
}
