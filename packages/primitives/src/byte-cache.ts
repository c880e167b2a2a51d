import type { CallOptions } from "./call-options.ts";
import type { DiskCacheCounts } from "./disk-cache.ts";

export interface CacheOptions extends CallOptions {
  /**
   * `read`: the key names one version of the bytes for ever, in every process, also after a restart; bytes that another
   * process kept under it are taken. `keep`: they are also kept for others, because they can no longer change under
   * their version. Absent: the key holds in this process alone.
   */
  readonly disk?: "read" | "keep" | undefined;
  /** Time the bytes took, where `create` only hands over what is there. */
  readonly costMs?: number;
}

/**
 * Bytes that were expensive to make, bounded by their total size: what saves the most time for its size stays longest.
 * Callers who ask for the same key at once share one `create`; it is cancelled only when all of them have left.
 */
export interface ByteCache {
  /** `undefined` (absent) is remembered too. A failed `create` is forgotten. */
  getOrCreate(
    key: string,
    create: (options: CallOptions) => Promise<Uint8Array | undefined>,
    options?: CacheOptions,
  ): Promise<Uint8Array | undefined>;
  /** What is in memory now, without creating; `undefined` also when absence is remembered. */
  peek(key: string): Uint8Array | undefined;
  /** What is in memory or, under a key that lasts, on disk; `undefined` also when absence is remembered. */
  recall(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** undefined without a disk cache. */
  readonly disk: DiskCacheCounts | undefined;
}
