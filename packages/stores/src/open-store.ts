import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { azureStore } from "./byte-store/azure.ts";
import { fileStore } from "./byte-store/file.ts";
import { googleStore } from "./byte-store/google.ts";
import { httpStore } from "./byte-store/http.ts";
import type { OpenFiles } from "./byte-store/open-files.ts";
import { s3Store } from "./byte-store/s3.ts";
import type { ByteStore } from "./byte-store.ts";
import type { StoreCredentials } from "./credentials.ts";
import { assertAllowed, filePath, parentLocation } from "./location.ts";
import { storeAccess } from "./random-access/store-access.ts";
import type { RandomAccess } from "./random-access.ts";
import type { RemoteConnections } from "./remote-connections.ts";
import { type CachedOptions, cached } from "./wrap/cached.ts";
import { coalesced } from "./wrap/coalesced.ts";

export interface OpenStoreOptions {
  /** Locations that may be read, and everything below them. Links and redirects may not leave them either. */
  readonly allow: readonly URL[];
  /** Descriptors shared by all stores of files. */
  readonly files?: OpenFiles;
  /** Shared by all stores of other machines; each has its own where absent. */
  readonly connections?: RemoteConnections;
  /** Where bytes of other machines are remembered; files are near enough. */
  readonly remote?: Pick<CachedOptions, "cache" | "checkEveryMs">;
  /** The longest prefix of a location's kind is taken. */
  readonly credentials?: readonly StoreCredentials[];
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
  const store = rootedStore(parent, options, location);
  try {
    const access = await storeAccess(store, name, options);
    return { ...access, close: () => store.close?.() ?? Promise.resolve() };
  } catch (error) {
    await store.close?.();
    throw error;
  }
}

/** @param asked what the store is opened for, which decides on credentials: they may belong to a single file */
function rootedStore(location: URL, options: OpenStoreOptions, asked = location): ByteStore {
  const { allow, connections, credentials = [] } = options;
  const access = { credentials, connections, asked };
  switch (location.protocol) {
    case "file:": {
      const folders = allow.filter(({ protocol }) => protocol === "file:").map(filePath);
      return fileStore(filePath(location), {
        allow: folders,
        ...(options.files && { files: options.files }),
      });
    }
    case "http:":
    case "https:": {
      const store = httpStore(location, { allow, credentials, ...(connections && { connections }) });
      return remembered(store, location, options.remote);
    }
    case "s3:":
      return remembered(s3Store(location, access), location, options.remote);
    case "az:":
    case "abfs:":
    case "abfss:":
      return remembered(azureStore(location, access), location, options.remote);
    case "gs:":
      return remembered(googleStore(location, access), location, options.remote);
    default:
      throw new GatewayError(
        "unsupported",
        `locations begin with file:, http:, https:, s3:, az:, abfs:, abfss: or gs:, not "${location.protocol}"`,
      );
  }
}

/** Neighbouring ranges are read together, whether or not they are then remembered. */
function remembered(store: ByteStore, location: URL, remote: OpenStoreOptions["remote"]): ByteStore {
  const joined = coalesced(store);
  return remote === undefined ? joined : cached(joined, { ...remote, name: `store ${location.href}` });
}
