/** Bytes as they were kept, `undefined` for what is known to be absent. */
export interface KeptBytes {
  readonly bytes: Uint8Array | undefined;
  /** Time it took to make them. */
  readonly costMs: number;
}

/** Since the start of this process, but `bytes`, which is what the folder holds for all processes. */
export interface DiskCacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly writes: number;
  /** Not written: the disk could not keep up, or failed. */
  readonly dropped: number;
  /** Entries that were found damaged, and removed. */
  readonly damaged: number;
  readonly evictions: number;
  readonly bytes: number;
}

/**
 * Bytes in a folder, bounded by their total size, for all processes that share it and across restarts.
 * It only ever helps: what it cannot read it does not have, what it cannot write is dropped, and it never throws.
 */
export interface DiskCache {
  readonly counts: DiskCacheCounts;
  /** undefined: not there. Bytes come back exactly as they were kept, or not at all. */
  get(key: string): Promise<KeptBytes | undefined>;
  /** Returns at once. The same key always stands for the same bytes, so that what is there is never replaced. */
  keep(key: string, kept: KeptBytes): void;
  /** Waits for what is being written, some seconds at most. */
  close(): Promise<void>;
}
