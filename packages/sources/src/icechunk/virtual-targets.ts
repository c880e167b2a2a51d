import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { assertAllowed, type RandomAccess } from "@zarr-gateway/stores";
import type { TargetCondition, VirtualReference } from "./chunk-reference.ts";

export interface VirtualOptions {
  /** Locations that chunks may be in, and everything below them. */
  readonly allow: readonly URL[];
  openAccess(location: URL, options?: CallOptions): Promise<RandomAccess>;
}

/** Bytes of a target and the version they are of. */
export interface TargetBytes {
  readonly bytes: Uint8Array;
  readonly version: string | undefined;
}

interface Target {
  readonly opened: Promise<RandomAccess>;
  users: number;
  isRetired: boolean;
}

/** Files kept open for the next chunk. */
const MAX_OPEN = 64;

/** Files of others that chunks lie in, least recently used closed first. */
export class VirtualTargets {
  readonly #virtual: VirtualOptions | undefined;
  readonly #containerPrefix: (name: string) => string | undefined;
  readonly #known = new Map<string, Target>();

  constructor(virtual: VirtualOptions | undefined, containerPrefix: (name: string) => string | undefined) {
    this.#virtual = virtual;
    this.#containerPrefix = containerPrefix;
  }

  /** @throws GatewayError forbidden outside the allowed locations, upstream when it is no address at all */
  resolve({ location }: VirtualReference): URL {
    const url = parseLocation(this.#expand(location));
    assertAllowed(url, this.#virtual?.allow ?? []);
    return url;
  }

  /** @throws GatewayError upstream when the target is gone, too short, or no longer what the reference means */
  async read(
    reference: VirtualReference,
    range: { readonly offset: number; readonly length: number },
    options: CallOptions,
  ): Promise<TargetBytes> {
    return this.#use(reference, options, async (access) => {
      const bytes = await access.read(range.offset, range.length, options);
      return { bytes, version: access.version };
    });
  }

  /** Version of the target as it is now. */
  async version(reference: VirtualReference, options: CallOptions): Promise<string | undefined> {
    return this.#use(reference, options, async (access) => {
      if (await (access.isCurrent?.(options) ?? true)) return access.version;
      throw new GatewayError("upstream", "the file of a virtual chunk has changed", { changed: true });
    });
  }

  async close(): Promise<void> {
    const targets = [...this.#known];
    for (const [href, target] of targets) this.#retire(href, target);
  }

  async #use<Result>(
    reference: VirtualReference,
    options: CallOptions,
    work: (access: RandomAccess) => Promise<Result>,
  ): Promise<Result> {
    const url = this.resolve(reference);
    try {
      return await this.#attempt(url, reference.condition, options, work);
    } catch (error) {
      // what was opened is no longer there: one more time with what is there now
      if (!isGatewayError(error) || error.details["changed"] !== true) throw error;
      return this.#attempt(url, reference.condition, options, work);
    }
  }

  async #attempt<Result>(
    url: URL,
    condition: TargetCondition | undefined,
    options: CallOptions,
    work: (access: RandomAccess) => Promise<Result>,
  ): Promise<Result> {
    const target = this.#target(url);
    target.users += 1;
    try {
      const access = await target.opened;
      options.signal?.throwIfAborted();
      assertMeant(access, condition, url);
      return await work(access);
    } catch (error) {
      this.#retire(url.href, target);
      throw error;
    } finally {
      target.users -= 1;
      closeUnused(target);
    }
  }

  #target(url: URL): Target {
    const known = this.#known.get(url.href);
    const virtual = this.#virtual;
    if (!virtual) throw new GatewayError("internal", "virtual chunks are not allowed"); // resolve() has refused before
    // no caller's signal: other callers wait for the same file
    const target = known ?? { opened: virtual.openAccess(url), users: 0, isRetired: false };
    this.#known.delete(url.href); // moves it to the end: the first is always the least recently used
    this.#known.set(url.href, target);
    for (const [oldest, other] of this.#known) {
      if (this.#known.size <= MAX_OPEN) break;
      this.#retire(oldest, other);
    }
    return target;
  }

  #retire(href: string, target: Target): void {
    if (this.#known.get(href) === target) this.#known.delete(href);
    target.isRetired = true;
    closeUnused(target);
  }

  /** `vcc://container/path` stands for a path below the prefix of that container. */
  #expand(location: string): string {
    const match = /^vcc:\/\/([^/]*)\/(.*)$/s.exec(location);
    if (!match) return location;
    const [, name = "", path = ""] = match;
    const prefix = this.#containerPrefix(name);
    if (prefix !== undefined) return prefix + path;
    throw new GatewayError(
      "upstream",
      `the Icechunk repository has no container "${name}" for its virtual chunks`,
    );
  }
}

/** The last who lets go of a retired file closes it. */
function closeUnused(target: Target): void {
  if (!target.isRetired || target.users > 0) return;
  target.users = Number.NaN; // closed once only
  target.opened.then((access) => access.close?.()).catch(() => undefined); // nothing was opened, or it is closed already
}

function parseLocation(location: string): URL {
  // of an object store these are letters of a key, but an address without them would be another key
  const hasSteps = /\/\.{1,2}(\/|$)/.test(location);
  if (!hasSteps && URL.canParse(location)) return new URL(location.replace(/^gcs:\/\//, "gs://"));
  throw new GatewayError(
    "upstream",
    "a virtual chunk of the Icechunk repository has a location that cannot be read",
  );
}

/** @throws GatewayError upstream when the target has changed since the reference was written, or cannot tell */
function assertMeant(access: RandomAccess, condition: TargetCondition | undefined, url: URL): void {
  if (!condition) return;
  const isMeant =
    "etag" in condition
      ? access.etag !== undefined && bareEtag(access.etag) === bareEtag(condition.etag)
      : access.modifiedAt !== undefined && access.modifiedAt <= condition.unmodifiedSince;
  if (isMeant) return;
  const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  throw new GatewayError("upstream", `"${name}" is no longer the file that a virtual chunk was taken from`);
}

function bareEtag(etag: string): string {
  return etag.replace(/^W\//, "").replace(/^"(.*)"$/s, "$1");
}
