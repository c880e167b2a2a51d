import { basename, dirname, resolve } from "node:path";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type FileStoreOptions, fileStore } from "../byte-store/file.ts";
import type { RandomAccess } from "../random-access.ts";
import { storeAccess } from "./store-access.ts";

export type FileAccessOptions = FileStoreOptions & CallOptions;

/**
 * A file of this machine. Its descriptor may be closed and opened again in between, when many are in use.
 * @throws GatewayError upstream when it does not exist, forbidden when it may not be read
 */
export async function openFileAccess(path: string, options: FileAccessOptions = {}): Promise<RandomAccess> {
  const absolute = resolve(path);
  const store = fileStore(dirname(absolute), options);
  const access = await storeAccess(store, basename(absolute), options);
  return { ...access, close: () => store.close?.() ?? Promise.resolve() };
}
