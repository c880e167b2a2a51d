import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import { Changed } from "./changed.ts";

/** Bytes of one version of a stored chunk, as they are published. */
export interface HotChunk {
  /** Changes when the bytes change. */
  readonly key: string;
  readonly size: number;
  /** False while the bytes may still change under the same version. */
  readonly isSettled: boolean;
  read(options: CallOptions): Promise<Uint8Array | undefined>;
}

/** Above it most of the work is sending, and the system's own cache of files does as well. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Above it a chunk is kept from the second time on, also where there is room. */
const MAX_FIRST_BYTES = 256 * 1024;
/** What the first time may fill, so that something is left for what is expensive to make. */
const FIRST_SHARE = 1 / 2;
/** Keys of one generation; two are remembered. */
const MAX_KEYS = 8192;

/**
 * Keeps small stored chunks while the cache is half empty, others from the second time on that they are asked for: who
 * reads a dataset once from end to end must not push out what was expensive to make.
 */
export class HotChunks {
  readonly #cache: ByteCache;
  #asked = new Set<string>();
  #askedBefore = new Set<string>();

  constructor(cache: ByteCache) {
    this.#cache = cache;
  }

  async read(chunk: HotChunk, options: CallOptions): Promise<Uint8Array | undefined> {
    const { key, size, isSettled } = chunk;
    if (!isSettled || size > MAX_BYTES || !this.#isWorthKeeping(key, size)) return chunk.read(options);
    const create = async (shared: CallOptions): Promise<Uint8Array> => {
      const bytes = await chunk.read(shared);
      if (bytes?.length !== size) throw new Changed(bytes);
      return bytes;
    };
    try {
      return await this.#cache.getOrCreate(key, create, options);
    } catch (error) {
      if (error instanceof Changed) return error.bytes;
      throw error;
    }
  }

  /** What is kept, for those who want a part of it. */
  peek(key: string): Uint8Array | undefined {
    return this.#cache.peek(key);
  }

  #isWorthKeeping(key: string, size: number): boolean {
    const isRoom = size <= MAX_FIRST_BYTES && this.#cache.bytes + size <= this.#cache.maxBytes * FIRST_SHARE;
    return isRoom || this.#isAskedAgain(key);
  }

  #isAskedAgain(key: string): boolean {
    if (this.#asked.has(key)) return true;
    if (this.#asked.size >= MAX_KEYS) {
      this.#askedBefore = this.#asked;
      this.#asked = new Set();
    }
    this.#asked.add(key);
    return this.#askedBefore.has(key);
  }
}
