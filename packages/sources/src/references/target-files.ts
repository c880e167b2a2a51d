import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { isBelow, type RandomAccess } from "@zarr-gateway/stores";
import { targetLocation } from "./target-location.ts";

export interface TargetOptions {
  /** Locations that targets may be in, and everything below them. */
  readonly allow: readonly URL[];
  openAccess(location: URL, options?: CallOptions): Promise<RandomAccess>;
}

export interface TargetFilesOptions extends TargetOptions {
  /** What relative targets are relative to. */
  readonly folder?: URL | undefined;
  readonly now?: () => number;
}

interface TargetFile {
  readonly opened: Promise<RandomAccess>;
  checkedAt: number;
  users: number;
  isRetired: boolean;
}

/** Files kept open for the next chunk. */
const MAX_OPEN = 64;
/** How long a file of a web server is believed to be what it was: otherwise each chunk would cost a second request. */
const CHECK_EVERY_MS = 2000;

/** Files of others that references lead into, least recently used closed first. */
export class TargetFiles {
  readonly #options: TargetFilesOptions;
  readonly #now: () => number;
  readonly #known = new Map<string, TargetFile>();

  constructor(options: TargetFilesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * @param key of the reference, for messages
   * @throws GatewayError forbidden outside the allowed locations, naming the host or the reference and never a path
   */
  locate(target: string, key: string): URL {
    const { folder, allow } = this.#options;
    let location: URL;
    try {
      location = targetLocation(target, folder);
    } catch (error) {
      throw ofReference(error, key, undefined);
    }
    if (allow.some((prefix) => isBelow(location, prefix))) return location;
    const where = location.host === "" ? "" : ` on ${location.host}`;
    throw new GatewayError(
      "forbidden",
      `the reference "${key}" leads to a file${where} that lies outside the allowed locations (sources.allow)`,
      { key, protocol: location.protocol, host: location.host },
    );
  }

  /** Calls `work` with the file, a second time with what is there then if it changes in between. */
  async use<Result>(
    place: { readonly target: string; readonly key: string },
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const location = this.locate(place.target, place.key);
    try {
      return await this.#attempt(location, work, options).catch((error: unknown) => {
        if (!isGatewayError(error) || error.details["changed"] !== true) throw error;
        return this.#attempt(location, work, options);
      });
    } catch (error) {
      throw ofReference(error, place.key, location);
    }
  }

  async close(): Promise<void> {
    for (const [href, file] of [...this.#known]) this.#retire(href, file);
  }

  async #attempt<Result>(
    location: URL,
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const file = this.#file(location);
    file.users += 1;
    try {
      const access = await file.opened;
      options.signal?.throwIfAborted();
      await this.#assertCurrent(file, access, options);
      return await work(access);
    } catch (error) {
      if (!options.signal?.aborted) this.#retire(location.href, file);
      throw error;
    } finally {
      file.users -= 1;
      closeUnused(file);
    }
  }

  async #assertCurrent(file: TargetFile, access: RandomAccess, options: CallOptions): Promise<void> {
    if (!access.isCurrent || this.#now() - file.checkedAt < CHECK_EVERY_MS) return;
    if (!(await access.isCurrent(options)))
      throw new GatewayError("upstream", "it has changed while it was open, try again", { changed: true });
    if (Number.isFinite(file.checkedAt)) file.checkedAt = this.#now();
  }

  #file(location: URL): TargetFile {
    const { href } = location;
    // no caller's signal: other callers wait for the same file
    const file = this.#known.get(href) ?? {
      opened: this.#options.openAccess(location),
      // the store of local files knows itself how often to look
      checkedAt: location.protocol === "file:" ? Number.NEGATIVE_INFINITY : this.#now(),
      users: 0,
      isRetired: false,
    };
    this.#known.delete(href); // moves it to the end: the first is always the least recently used
    this.#known.set(href, file);
    for (const [oldest, other] of this.#known) {
      if (this.#known.size <= MAX_OPEN) break;
      this.#retire(oldest, other);
    }
    return file;
  }

  #retire(href: string, file: TargetFile): void {
    if (this.#known.get(href) === file) this.#known.delete(href);
    file.isRetired = true;
    closeUnused(file);
  }
}

/** The last who lets go of a retired file closes it. */
function closeUnused(file: TargetFile): void {
  if (!file.isRetired || file.users > 0) return;
  file.users = Number.NaN; // closed once only
  file.opened.then((access) => access.close?.()).catch(() => undefined); // nothing was opened, or it is closed already
}

/** Says which reference it was. A target that is gone is a failure of the set, never a missing chunk. */
function ofReference(error: unknown, key: string, location: URL | undefined): unknown {
  if (!isGatewayError(error)) return error;
  const code = KEPT_CODES.has(error.code) ? error.code : "upstream";
  const where = location && location.host !== "" ? ` on ${location.host}` : "";
  const message = `the target of the reference "${key}"${where}: ${error.message}`;
  return new GatewayError(code, message, { key }, error);
}

const KEPT_CODES: ReadonlySet<string> = new Set(["forbidden", "unsupported", "overloaded"]);
