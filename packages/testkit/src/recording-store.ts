import type { ByteRange, ByteStore } from "@zarr-gateway/stores";

/** One call that reached the store. */
export interface RecordedCall {
  readonly method: "get" | "stat" | "list";
  readonly key: string;
  readonly range?: ByteRange;
  /** Bytes that came back; 0 for `stat`, `list` and what is absent. */
  readonly bytes: number;
}

/** A store that counts what is asked of the one behind it. */
export interface RecordingStore extends ByteStore {
  readonly calls: readonly RecordedCall[];
  /** Calls of `get` so far, and the bytes they brought. */
  readonly reads: number;
  readonly bytes: number;
  reset(): void;
}

export function recordingStore(store: ByteStore): RecordingStore {
  const calls: RecordedCall[] = [];
  const recordRead = (key: string, range: ByteRange | undefined, bytes: Uint8Array | undefined): void => {
    calls.push({ method: "get", key, ...(range && { range }), bytes: bytes?.length ?? 0 });
  };
  const { getWithStat, list, close } = store;
  return {
    calls,
    get reads() {
      return calls.filter(({ method }) => method === "get").length;
    },
    get bytes() {
      return calls.reduce((sum, call) => sum + call.bytes, 0);
    },
    reset() {
      calls.length = 0;
    },
    async get(key, options) {
      const bytes = await store.get(key, options);
      recordRead(key, options?.range, bytes);
      return bytes;
    },
    async stat(key, options) {
      calls.push({ method: "stat", key, bytes: 0 });
      return store.stat(key, options);
    },
    ...(getWithStat && {
      async getWithStat(key, options) {
        const found = await getWithStat.call(store, key, options);
        recordRead(key, options?.range, found?.bytes);
        return found;
      },
    }),
    ...(list && {
      list(prefix, options) {
        calls.push({ method: "list", key: prefix, bytes: 0 });
        return list.call(store, prefix, options);
      },
    }),
    ...(close && { close: () => close.call(store) }),
  };
}
