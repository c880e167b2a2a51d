import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CallOptions } from "@zarr-gateway/primitives";

/** A folder whose files are there as a whole or not at all, for who reads while it is written. */
export class ResultFolder {
  readonly #path: string;
  readonly #made = new Map<string, Promise<unknown>>();
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param key parts between slashes, made here and never by a client */
  async write(key: string, bytes: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const file = join(this.#path, key);
    const folder = dirname(file);
    const making = this.#made.get(folder) ?? mkdir(folder, { recursive: true });
    this.#made.set(folder, making);
    await making;
    // names that begin with a dot are no results: readers of the folder pass over them
    const draft = join(folder, `.${this.#count++}.part`);
    await writeFile(draft, bytes, { signal });
    await rename(draft, file);
  }
}
