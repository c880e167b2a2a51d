import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore, ReadOptions } from "../byte-store.ts";
import type { RandomAccess } from "../random-access.ts";

/**
 * One entry of a store as a file.
 * @throws GatewayError upstream when there is no such entry
 */
export async function storeAccess(
  store: ByteStore,
  key: string,
  options: CallOptions = {},
): Promise<RandomAccess> {
  const stat = await store.stat(key, options);
  if (!stat)
    throw new GatewayError("upstream", `"${key}" does not exist or is not a file`, { key, absent: true });
  const { size, version } = stat;
  // weak ones (W/) compare unequal by rule, RFC 9110 section 13.1.1
  const ifMatch = stat.etag?.startsWith('"') ? stat.etag : undefined;
  return {
    ...stat,
    async read(offset, length, call: CallOptions = {}) {
      if (length < 0 || offset < 0 || offset + length > size) throw truncated(key, offset, length, size);
      if (length === 0) return new Uint8Array(0);
      const range = { offset, length };
      const found = await readWithStat(store, key, { range, ifMatch, signal: call.signal });
      if (!found || isOther(stat, found.stat)) {
        throw new GatewayError("upstream", `"${key}" has changed while it was open, try again`, {
          key,
          changed: true,
        });
      }
      if (found.bytes.length !== length) throw truncated(key, offset, length, offset + found.bytes.length);
      return found.bytes;
    },
    async isCurrent(call: CallOptions = {}) {
      const now = await store.stat(key, call);
      return now?.size === size && now.version === version;
    },
  };
}

async function readWithStat(
  store: ByteStore,
  key: string,
  options: ReadOptions,
): Promise<{ bytes: Uint8Array; stat: ByteStat | undefined } | undefined> {
  if (store.getWithStat) return store.getWithStat(key, options);
  const bytes = await store.get(key, options);
  return bytes && { bytes, stat: undefined };
}

/** Servers that tell no version tell the size at least. */
function isOther(opened: ByteStat, now: ByteStat | undefined): boolean {
  if (now === undefined) return false;
  const isOtherVersion =
    opened.version !== undefined && now.version !== undefined && now.version !== opened.version;
  return isOtherVersion || now.size !== opened.size;
}

function truncated(key: string, offset: number, length: number, size: number): GatewayError {
  return new GatewayError(
    "upstream",
    `"${key}" is truncated: bytes ${offset} to ${offset + length} of ${size}`,
    {
      key,
    },
  );
}
