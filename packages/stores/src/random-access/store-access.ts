import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore, ReadOptions } from "../byte-store.ts";
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
      if (!found || (version !== undefined && found.version !== undefined && found.version !== version)) {
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
): Promise<{ bytes: Uint8Array; version: string | undefined } | undefined> {
  if (store.getWithStat) {
    const found = await store.getWithStat(key, options);
    return found && { bytes: found.bytes, version: found.stat.version };
  }
  const bytes = await store.get(key, options);
  return bytes && { bytes, version: undefined };
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
