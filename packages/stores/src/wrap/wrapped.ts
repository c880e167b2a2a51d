import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteStore } from "../byte-store.ts";

/** Runs one call of a store: at once, later, or several times. */
export type Around = <Result>(call: () => Promise<Result>, options: CallOptions) => Promise<Result>;

/** A store whose `get`, `getWithStat` and `stat` run inside `around`; it has the same capabilities. */
export function wrapped(store: ByteStore, around: Around): ByteStore {
  const { getWithStat, list, close } = store;
  return {
    get: (key, options = {}) => around(() => store.get(key, options), options),
    stat: (key, options = {}) => around(() => store.stat(key, options), options),
    ...(getWithStat && {
      getWithStat: (key, options = {}) => around(() => getWithStat.call(store, key, options), options),
    }),
    ...(list && { list: (prefix, options) => list.call(store, prefix, options) }),
    ...(close && { close: () => close.call(store) }),
  };
}
