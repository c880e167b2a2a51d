import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { TargetOptions } from "../open-targets.ts";
import { buildDataset } from "../zarr/build-dataset.ts";
import type { HierarchyLimits } from "../zarr/hierarchy.ts";
import { ShardIndexes } from "../zarr/shard-indexes.ts";
import { hierarchyOf } from "./hierarchy-of.ts";
import { REFERENCE_LIMITS } from "./limits.ts";
import type { ReferenceSet } from "./reference.ts";
import { ReferenceStore } from "./reference-store.ts";
import { TargetFiles } from "./target-files.ts";

export interface OpenReferencesOptions {
  readonly coder: ChunkCoder;
  readonly targets: TargetOptions;
  /** The folder that the set lies in: relative targets begin there. */
  readonly folder?: URL;
  /** Name of the variable where the set is a single array. */
  readonly name?: string;
  readonly limits?: Partial<HierarchyLimits>;
}

/**
 * A reference set as a dataset; closing the dataset closes the set. Chunks are read from where the references lead, and
 * refused (`forbidden`) where that is not allowed.
 * @throws GatewayError unsupported when the set holds no Zarr, upstream when its metadata are damaged
 */
export function openReferences(set: ReferenceSet, options: OpenReferencesOptions): Dataset {
  const { coder, targets, folder, name, limits } = options;
  const store = new ReferenceStore(set, new TargetFiles({ ...targets, folder }));
  const context = {
    store,
    coder,
    indexes: new ShardIndexes({ store }),
    locate: (key: string, call?: CallOptions) => store.locate(key, call),
  };
  return {
    ...buildDataset(hierarchyOf(set.documents, { ...REFERENCE_LIMITS, ...limits }), context, name ?? "data"),
    version: set.version,
    format: "kerchunk",
    ...(set.isCurrent && {
      isCurrent: (call?: CallOptions) => set.isCurrent?.(call) ?? Promise.resolve(true),
    }),
    close: () => store.close(),
  };
}
