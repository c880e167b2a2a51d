import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";

export interface TargetOptions {
  /** Locations that targets may be in, and everything below them. */
  readonly allow: readonly URL[];
  openAccess(location: URL, options?: CallOptions): Promise<RandomAccess>;
}

interface Target {
  readonly opened: Promise<RandomAccess>;
  checkedAt: number;
  users: number;
  isRetired: boolean;
}

/** What is known of a file; descriptors are shared by all stores and closed by themselves. About 2 KiB each. */
const MAX_KNOWN = 4096;
/** How long a file of a web server is believed to be what it was: otherwise each chunk would cost a second request. */
const CHECK_EVERY_MS = 2000;

/** Files of others that chunks lie in, least recently used forgotten first. Who calls has asked whether they are allowed. */
export class OpenTargets {
  readonly #openAccess: TargetOptions["openAccess"];
  readonly #now: () => number;
  readonly #known = new Map<string, Target>();

  constructor(openAccess: TargetOptions["openAccess"], now: () => number = () => performance.now()) {
    this.#openAccess = openAccess;
    this.#now = now;
  }

  /**
   * Calls `work` with the file as it was when it was first used.
   * @throws GatewayError with `changed` in its details when it is another one by now; the next call has that one
   */
  async use<Result>(
    location: URL,
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const target = this.#target(location);
    target.users += 1;
    try {
      const access = await target.opened;
      options.signal?.throwIfAborted();
      await this.#assertCurrent(target, access, options);
      return await work(access);
    } catch (error) {
      if (!options.signal?.aborted) this.#retire(location.href, target);
      throw error;
    } finally {
      target.users -= 1;
      closeUnused(target);
    }
  }

  /** As `use`, a second time with what is there now: for who has not told anybody of the file as it was. */
  async useLatest<Result>(
    location: URL,
    work: (access: RandomAccess) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    try {
      return await this.use(location, work, options);
    } catch (error) {
      if (!isGatewayError(error) || error.details["changed"] !== true) throw error;
      return this.use(location, work, options);
    }
  }

  async close(): Promise<void> {
    for (const [href, target] of [...this.#known]) this.#retire(href, target);
  }

  async #assertCurrent(target: Target, access: RandomAccess, options: CallOptions): Promise<void> {
    if (!access.isCurrent || this.#now() - target.checkedAt < CHECK_EVERY_MS) return;
    if (!(await access.isCurrent(options)))
      throw new GatewayError("upstream", "it has changed while it was open, try again", { changed: true });
    if (Number.isFinite(target.checkedAt)) target.checkedAt = this.#now();
  }

  #target(location: URL): Target {
    const { href } = location;
    // no caller's signal: other callers wait for the same file
    const target = this.#known.get(href) ?? {
      opened: this.#openAccess(location),
      // the store of local files knows itself how often to look
      checkedAt: location.protocol === "file:" ? Number.NEGATIVE_INFINITY : this.#now(),
      users: 0,
      isRetired: false,
    };
    this.#known.delete(href); // moves it to the end: the first is always the least recently used
    this.#known.set(href, target);
    for (const [oldest, other] of this.#known) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#retire(oldest, other);
    }
    return target;
  }

  #retire(href: string, target: Target): void {
    if (this.#known.get(href) === target) this.#known.delete(href);
    target.isRetired = true;
    closeUnused(target);
  }
}

/** The last who lets go of a retired file closes it. */
function closeUnused(target: Target): void {
  if (!target.isRetired || target.users > 0) return;
  target.users = Number.NaN; // closed once only
  target.opened.then((access) => access.close?.()).catch(() => undefined); // nothing was opened, or it is closed already
}
