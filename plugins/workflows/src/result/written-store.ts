import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "@zarr-gateway/primitives";
import { assertStoreKey, type ByteStore, listedFolder, resolveRange } from "@zarr-gateway/stores";

/**
 * What this process itself has written, by the path that it was given: a link, beyond which it may read nothing. A store of
 * files would go to the real path, where the process may not look.
 */
export function writtenStore(root: string): ByteStore {
  return {
    async get(key, { range, signal } = {}) {
      assertStoreKey(key);
      signal?.throwIfAborted();
      await using handle = await open(join(root, key)).catch(absent);
      if (handle === undefined) return undefined;
      const { size } = await handle.stat();
      const { offset, length } = resolveRange(range, size);
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new Error(`"${key}" became shorter while it was read`);
        filled += bytesRead;
      }
      return bytes;
    },
    async stat(key) {
      assertStoreKey(key);
      await using handle = await open(join(root, key)).catch(absent);
      return handle && { size: (await handle.stat()).size };
    },
    async *list(prefix) {
      for (const entry of await readdir(join(root, listedFolder(prefix)), { withFileTypes: true }))
        yield entry.isDirectory() ? `${entry.name}/` : entry.name;
    },
  };
}

function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}
