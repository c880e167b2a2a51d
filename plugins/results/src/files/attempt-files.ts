import type { Dirent } from "node:fs";
import { opendir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { FileRange, ResultFile } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, isAbsent } from "@zarr-gateway/primitives";
import { type ByteStore, fileStore, type OpenFiles } from "@zarr-gateway/stores";
import { mediaTypeOf } from "../manifest/media-type.ts";
import { streamed } from "./streamed.ts";

/** Folders whose stores are kept: each remembers real paths. */
const MAX_STORES = 256;
/** Names of one folder; more could not be shown. */
const MAX_NAMES = 100_000;

/** Files of attempts, by folder. Nothing is read outside of the folder that is named, also not through links. */
export class AttemptFiles {
  readonly #files: OpenFiles;
  /** Least recently used first. */
  readonly #stores = new Map<string, ByteStore>();

  constructor(files: OpenFiles) {
    this.#files = files;
  }

  store(folder: string): ByteStore {
    const known = this.#stores.get(folder) ?? fileStore(folder, { files: this.#files });
    this.#stores.delete(folder);
    this.#stores.set(folder, known);
    const [oldest] = this.#stores.size > MAX_STORES ? this.#stores.keys() : [];
    if (oldest !== undefined) this.#stores.delete(oldest);
    return known;
  }

  /** undefined: no such file. @throws GatewayError invalid_request for a folder */
  async file(folder: string, path: string, options: CallOptions): Promise<ResultFile | undefined> {
    const store = this.store(folder);
    const stat = await store.stat(path, options);
    if (stat === undefined) {
      if (await isFolder(folder, path)) throw new GatewayError("invalid_request", `"${path}" is a folder`);
      return undefined;
    }
    const { size } = stat;
    const version = stat.version ?? `${size}`;
    const read = async (range: FileRange, call: CallOptions = {}): Promise<Uint8Array> => {
      const found = await (store.getWithStat?.(path, { ...call, range }) ?? undefined);
      if (found === undefined || found.stat.version !== stat.version) throw changed(path);
      return found.bytes;
    };
    return {
      path,
      size,
      mediaType: mediaTypeOf(path),
      version,
      modifiedAt: Math.floor(stat.modifiedAt ?? 0),
      givesExclusive: store.givesExclusive === true,
      read,
      stream: (range = { offset: 0, length: size }, call = {}) => streamed(read, range, call),
    };
  }

  /** Sorted names, folders with a slash; undefined: no such folder. */
  async names(folder: string, path: string, { signal }: CallOptions): Promise<readonly string[] | undefined> {
    const real = await confined(folder, path);
    if (real === undefined) return undefined;
    const names: string[] = [];
    try {
      for await (const entry of await opendir(real)) {
        signal?.throwIfAborted();
        const name = nameOf(entry);
        if (name !== undefined) names.push(name);
        if (names.length > MAX_NAMES)
          throw new GatewayError("too_large", `"${path}" has more than ${MAX_NAMES} entries`);
      }
    } catch (error) {
      if (isNothing(error)) return undefined;
      throw error;
    }
    return names.sort();
  }
}

/** Links are no results. */
function nameOf(entry: Dirent): string | undefined {
  if (entry.isDirectory()) return `${entry.name}/`;
  return entry.isFile() ? entry.name : undefined;
}

async function isFolder(folder: string, path: string): Promise<boolean> {
  const real = await confined(folder, path);
  if (real === undefined) return false;
  try {
    await (await opendir(real)).close();
    return true;
  } catch (error) {
    if (isNothing(error)) return false;
    throw error;
  }
}

/** The real path, which lies in the folder; undefined: there is nothing. @throws GatewayError forbidden */
async function confined(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const real = await realpath(join(folder, path));
    if (real === root || real.startsWith(root + sep)) return real;
  } catch (error) {
    if (isNothing(error)) return undefined;
    throw new GatewayError("upstream", `"${path}" could not be looked at`, {}, error);
  }
  throw new GatewayError("forbidden", "the path leads out of the results");
}

/** Nor can there be anything with a name that is too long for the disk. */
function isNothing(error: unknown): boolean {
  const isTooLong = error instanceof Error && "code" in error && error.code === "ENAMETOOLONG";
  return isTooLong || isAbsent(error);
}

function changed(path: string): GatewayError {
  return new GatewayError("upstream", `"${path}" has changed while it was read`, { changed: true });
}
