import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { fileStore } from "./byte-store/file.ts";
import { type HttpStoreOptions, httpStore } from "./byte-store/http.ts";
import type { OpenFiles } from "./byte-store/open-files.ts";
import type { ByteStore } from "./byte-store.ts";
import { assertAllowed, filePath, isBelow, parentLocation } from "./location.ts";
import { storeAccess } from "./random-access/store-access.ts";
import type { RandomAccess } from "./random-access.ts";
import { type CachedOptions, cached } from "./wrap/cached.ts";

export interface OpenStoreOptions {
  /** Locations that may be read, and everything below them. Links and redirects may not leave them either. */
  readonly allow: readonly URL[];
  /** Descriptors shared by all stores of files. */
  readonly files?: OpenFiles;
  readonly http?: Omit<HttpStoreOptions, "headers" | "allow">;
  /** Where bytes of web servers are remembered; files are near enough. */
  readonly remote?: Pick<CachedOptions, "cache" | "checkEveryMs">;
  /** Headers by prefix of the location; the longest that fits is taken. */
  readonly headers?: readonly { readonly prefix: URL; readonly headers: Readonly<Record<string, string>> }[];
}

/**
 * The store whose root is a location.
 * @throws GatewayError forbidden outside the allowed locations, unsupported for a protocol nobody knows
 */
export function openStore(location: URL, options: OpenStoreOptions): ByteStore {
  assertAllowed(location, options.allow);
  return rootedStore(location, options);
}

/**
 * The file at a location.
 * @throws GatewayError as `openStore`; upstream when it does not exist
 */
export async function openAccess(
  location: URL,
  options: OpenStoreOptions & CallOptions,
): Promise<RandomAccess> {
  assertAllowed(location, options.allow);
  // the folder above may lie outside what is allowed: then this one entry is all that can be read there
  const { parent, name } = parentLocation(location);
  const store = rootedStore(parent, options);
  try {
    const access = await storeAccess(store, name, options);
    return { ...access, close: () => store.close?.() ?? Promise.resolve() };
  } catch (error) {
    await store.close?.();
    throw error;
  }
}

function rootedStore(location: URL, options: OpenStoreOptions): ByteStore {
  switch (location.protocol) {
    case "file:": {
      const allow = options.allow.filter(({ protocol }) => protocol === "file:").map(filePath);
      return fileStore(filePath(location), { allow, ...(options.files && { files: options.files }) });
    }
    case "http:":
    case "https:":
      return remembered(
        httpStore(location, {
          ...options.http,
          allow: options.allow,
          headers: headersFor(location, options.headers ?? []),
        }),
        location,
        options.remote,
      );
    default:
      throw new GatewayError(
        "unsupported",
        `locations begin with file:, http: or https:, not "${location.protocol}"`,
      );
  }
}

function remembered(store: ByteStore, location: URL, remote: OpenStoreOptions["remote"]): ByteStore {
  return remote === undefined ? store : cached(store, { ...remote, name: `store ${location.href}` });
}

function headersFor(
  location: URL,
  known: NonNullable<OpenStoreOptions["headers"]>,
): Readonly<Record<string, string>> {
  const fitting = known.filter(({ prefix }) => isBelow(location, prefix));
  fitting.sort((a, b) => b.prefix.pathname.length - a.prefix.pathname.length);
  return fitting[0]?.headers ?? {};
}
