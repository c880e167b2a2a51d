import { HIERARCHY_LIMITS, type HierarchyLimits } from "../zarr/hierarchy.ts";

/** Sizes are those of files after decompression. */
export interface IcechunkLimits extends HierarchyLimits {
  readonly maxRepoInfoBytes: number;
  readonly maxSnapshotBytes: number;
  /** A reference takes about 60 bytes, a virtual one twice as much. */
  readonly maxManifestBytes: number;
  /** Of manifests kept in memory; a larger one is kept alone. */
  readonly manifestCacheBytes: number;
}

const MIB = 1024 * 1024;

export const ICECHUNK_LIMITS: IcechunkLimits = {
  ...HIERARCHY_LIMITS,
  maxRepoInfoBytes: 64 * MIB,
  maxSnapshotBytes: 128 * MIB,
  maxManifestBytes: 512 * MIB,
  manifestCacheBytes: 128 * MIB,
};
