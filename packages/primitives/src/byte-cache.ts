import type { CallOptions } from "./call-options.ts";

/**
 * Bytes that were expensive to make, bounded by their total size.
 * Callers who ask for the same key at once share one `create`; it is cancelled only when all of them have left.
 */
export interface ByteCache {
  /** `undefined` (absent) is remembered too. A failed `create` is forgotten. */
  getOrCreate(
    key: string,
    create: (options: CallOptions) => Promise<Uint8Array | undefined>,
    options?: CallOptions,
  ): Promise<Uint8Array | undefined>;
  /** What is there now, without creating; `undefined` also when absence is remembered. */
  peek(key: string): Uint8Array | undefined;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}
