import { createHash } from "node:crypto";
import type { ByteStat, ByteStore } from "../byte-store.ts";
import { assertStoreKey, listedFolder, resolveRange } from "../store-key.ts";

/**
 * Entries of a map, which may change while the store is in use.
 * Versions are hashes of the bytes.
 */
export function memoryStore(
  entries: Map<string, Uint8Array> | Readonly<Record<string, Uint8Array>>,
): ByteStore {
  const map = entries instanceof Map ? entries : new Map(Object.entries(entries));
  const versions = new WeakMap<Uint8Array, string>();

  const statOf = (bytes: Uint8Array): ByteStat => {
    const version = versions.get(bytes) ?? createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    versions.set(bytes, version);
    return { size: bytes.length, version };
  };
  return {
    async get(key, options = {}) {
      assertStoreKey(key);
      options.signal?.throwIfAborted();
      const bytes = map.get(key);
      if (!bytes) return undefined;
      const { offset, length } = resolveRange(options.range, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
    async getWithStat(key, options = {}) {
      const bytes = await this.get(key, options);
      const whole = map.get(key);
      return bytes && whole && { bytes, stat: statOf(whole) };
    },
    async stat(key, options = {}) {
      assertStoreKey(key);
      options.signal?.throwIfAborted();
      const bytes = map.get(key);
      return bytes && statOf(bytes);
    },
    async *list(prefix) {
      const folder = listedFolder(prefix);
      const start = folder === "" ? "" : `${folder}/`;
      const names = new Set<string>();
      for (const key of map.keys()) {
        if (!key.startsWith(start)) continue;
        const rest = key.slice(start.length);
        const slash = rest.indexOf("/");
        names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
      }
      yield* names;
    },
  };
}
