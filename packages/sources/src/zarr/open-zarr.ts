import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { buildDataset } from "./build-dataset.ts";
import { currencyOf } from "./currency.ts";
import { HIERARCHY_LIMITS, type HierarchyLimits, type ZarrHierarchy } from "./hierarchy.ts";
import { readHierarchyV2 } from "./hierarchy-v2.ts";
import { readHierarchyV3 } from "./hierarchy-v3.ts";
import { readDocument } from "./read-document.ts";
import { ShardIndexes } from "./shard-indexes.ts";

export interface OpenZarrOptions extends CallOptions {
  readonly coder: ChunkCoder;
  /** Name of the variable where the store is a single array. */
  readonly name?: string;
  /** Where the store lies, for reference sets. */
  readonly location?: URL;
  readonly limits?: Partial<HierarchyLimits>;
}

/**
 * A Zarr store, version 2 or 3, as a dataset; closing the dataset closes the store.
 * @throws GatewayError unsupported when there is no Zarr, upstream when its metadata are damaged
 */
export async function openZarr(store: ByteStore, options: OpenZarrOptions): Promise<Dataset> {
  const { coder, location } = options;
  const limits = { ...HIERARCHY_LIMITS, ...options.limits };
  const hierarchy = await readHierarchy(store, limits, { signal: options.signal });
  const context = { store, coder, indexes: new ShardIndexes({ store }), ...(location && { location }) };
  return {
    ...buildDataset(hierarchy, context, options.name ?? "data"),
    isCurrent: currencyOf(store, hierarchy, limits),
    close: async () => store.close?.(),
  };
}

/** Version 3 goes first where a store has both, as in zarr-python. */
async function readHierarchy(
  store: ByteStore,
  limits: HierarchyLimits,
  options: CallOptions,
): Promise<ZarrHierarchy> {
  const root = await readDocument(store, "zarr.json", options);
  if (root) return readHierarchyV3(store, root, limits, options);
  const hierarchy = await readHierarchyV2(store, limits, options);
  if (hierarchy) return hierarchy;
  throw new GatewayError(
    "unsupported",
    "not a Zarr store: it has neither zarr.json nor .zmetadata, .zgroup or .zarray",
  );
}
