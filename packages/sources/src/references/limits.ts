import { HIERARCHY_LIMITS, type HierarchyLimits } from "../zarr/hierarchy.ts";

/** Sizes are those after decompression. */
export interface ReferenceLimits extends HierarchyLimits {
  /** Of a JSON document; parsed it takes about three times its size. */
  readonly maxJsonBytes: number;
  /** References that the generators of a JSON document may make. */
  readonly maxGenerated: number;
  /** Rows of one row group of a Parquet file; each takes about 20 bytes and its text. */
  readonly maxRows: number;
  /** All pages of a row group together. */
  readonly maxRowGroupBytes: number;
  /** Row groups kept in memory; a larger one is kept alone. */
  readonly blockCacheBytes: number;
}

const MIB = 1024 * 1024;

export const REFERENCE_LIMITS: ReferenceLimits = {
  ...HIERARCHY_LIMITS,
  maxJsonBytes: 256 * MIB,
  maxGenerated: 2_000_000,
  maxRows: 4 * MIB,
  maxRowGroupBytes: 128 * MIB,
  blockCacheBytes: 64 * MIB,
};
