import { opendir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat, ByteStore } from "../byte-store.ts";
import { assertStoreKey, listedFolder, resolveRange } from "../store-key.ts";
import { ConfinedPaths } from "./confined-paths.ts";
import { codeOf, type OpenFile, OpenFiles, type OpenFilesOptions, readOpenFile } from "./open-files.ts";

export interface FileStoreOptions extends OpenFilesOptions {
  /** Folders that symbolic links, and the root itself, may lead into; the root alone where absent. */
  readonly allow?: readonly string[];
  /** Descriptors shared with other stores; a table of its own where absent. */
  readonly files?: OpenFiles;
  /** Longest single read. */
  readonly maxReadBytes?: number;
}

const MAX_READ_BYTES = 1024 ** 3;
/** At what is not there, until the root stays the same meanwhile. */
const MAX_LOOKS = 3;
const ABSENT_CODES: ReadonlySet<string | undefined> = new Set([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ENAMETOOLONG",
]);

/** Files below a folder. A file that was replaced or changed shows after `checkEveryMs` at the latest. */
export function fileStore(root: string, options: FileStoreOptions = {}): ByteStore {
  return new FileStore(resolve(root), options);
}

type GetOptions = CallOptions & { readonly range?: ByteRange };

class FileStore implements ByteStore {
  readonly #paths: ConfinedPaths;
  readonly #files: OpenFiles;
  readonly #ownsFiles: boolean;
  readonly #maxReadBytes: number;
  readonly givesExclusive = true;

  constructor(root: string, options: FileStoreOptions) {
    this.#files = options.files ?? new OpenFiles(options);
    this.#ownsFiles = options.files === undefined;
    this.#paths = new ConfinedPaths(root, options.allow ?? [root], this.#files);
    this.#maxReadBytes = options.maxReadBytes ?? MAX_READ_BYTES;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(
    key: string,
    options: GetOptions = {},
  ): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
    const read = async (file: OpenFile): Promise<{ bytes: Uint8Array; stat: ByteStat }> => {
      const { offset, length } = resolveRange(options.range, file.stat.size);
      if (length > this.#maxReadBytes) {
        throw new GatewayError(
          "upstream",
          `"${key}" has ${length} bytes, more than the ${this.#maxReadBytes} that one read may take`,
        );
      }
      return { bytes: await readOpenFile(file, offset, length), stat: file.stat };
    };
    return this.#at(key, options, (path) => this.#files.use(path, read));
  }

  async stat(key: string, options: CallOptions = {}): Promise<ByteStat | undefined> {
    return this.#at(key, options, (path) => this.#files.stat(path));
  }

  async *list(prefix: string, options: CallOptions = {}): AsyncIterable<string> {
    const folder = listedFolder(prefix);
    try {
      const directory = await opendir(await this.#paths.resolve(folder), { bufferSize: 256 });
      for await (const entry of directory) {
        options.signal?.throwIfAborted();
        if (entry.isDirectory()) yield `${entry.name}/`;
        else if (entry.isFile()) yield entry.name;
        else if (entry.isSymbolicLink()) {
          const name = await this.#linkName(folder, entry.name);
          if (name !== undefined) yield name;
        }
      }
    } catch (error) {
      if (options.signal?.aborted || !ABSENT_CODES.has(codeOf(error))) throw readError(error, folder);
      await this.#paths.rootIdentity();
    }
  }

  async close(): Promise<void> {
    if (this.#ownsFiles) await this.#files.close();
  }

  /** What a call finds at the real path of a key; undefined where there is no file. */
  async #at<Result>(
    key: string,
    { signal }: CallOptions,
    call: (path: string) => Result | Promise<Result>,
  ): Promise<Result | undefined> {
    assertStoreKey(key);
    signal?.throwIfAborted();
    try {
      return await this.#linked(key, call);
    } catch (error) {
      if (!ABSENT_CODES.has(codeOf(error))) throw readError(error, key);
      return this.#absent(key, call);
    }
  }

  /**
   * Looks once more, because what was absent may have been so only while the root was being replaced: absence is told of one
   * and the same folder, and a client reads it as fill values.
   */
  async #absent<Result>(
    key: string,
    call: (path: string) => Result | Promise<Result>,
  ): Promise<Result | undefined> {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const root = await this.#paths.rootIdentity();
      this.#paths.forget(key);
      try {
        return await this.#linked(key, call);
      } catch (error) {
        if (!ABSENT_CODES.has(codeOf(error))) throw readError(error, key);
      }
      if ((await this.#paths.rootIdentity()) === root) return undefined;
    }
    throw new GatewayError("upstream", "the location is replaced again and again");
  }

  /** Most entries are not links, so the real path of the folder is enough; the file is then opened without following. */
  async #linked<Result>(key: string, call: (path: string) => Result | Promise<Result>): Promise<Result> {
    try {
      const path = this.#paths.inRealFolder(key);
      const result = call(typeof path === "string" ? path : await path);
      return result instanceof Promise ? await result : result;
    } catch (error) {
      if (codeOf(error) !== "ELOOP") throw error;
      return call(await this.#paths.resolve(key));
    }
  }

  /** Links that lead nowhere or outside are not listed. */
  async #linkName(folder: string, name: string): Promise<string | undefined> {
    try {
      const target = await stat(await this.#paths.resolve(join(folder, name)));
      if (target.isDirectory()) return `${name}/`;
      return target.isFile() ? name : undefined;
    } catch (error) {
      if (isGatewayError(error) || ABSENT_CODES.has(codeOf(error)) || codeOf(error) === "ELOOP")
        return undefined;
      throw error;
    }
  }
}

/** The system's message holds a path of this machine's disk: it becomes the cause, which only the log sees. */
function readError(error: unknown, key: string): unknown {
  const code = codeOf(error);
  if (isGatewayError(error) || code === undefined || code === "ABORT_ERR") return error;
  if (code === "EACCES" || code === "EPERM") {
    return new GatewayError("forbidden", `"${key}" may not be read by the server`, { key }, error);
  }
  return new GatewayError("upstream", `"${key}" could not be read (${code})`, { key }, error);
}
