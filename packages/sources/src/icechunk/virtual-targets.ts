import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { assertAllowed, type RandomAccess } from "@zarr-gateway/stores";
import { OpenTargets, type TargetOptions } from "../open-targets.ts";
import type { TargetCondition, VirtualReference } from "./chunk-reference.ts";

export type VirtualOptions = TargetOptions;

/** Bytes of a target and the version they are of. */
export interface TargetBytes {
  readonly bytes: Uint8Array;
  readonly version: string | undefined;
}

/** Files of others that chunks lie in. */
export class VirtualTargets {
  readonly #virtual: VirtualOptions | undefined;
  readonly #containerPrefix: (name: string) => string | undefined;
  readonly #open: OpenTargets;

  constructor(virtual: VirtualOptions | undefined, containerPrefix: (name: string) => string | undefined) {
    this.#virtual = virtual;
    this.#containerPrefix = containerPrefix;
    this.#open = new OpenTargets(async (location, options) => {
      // resolve() has refused before
      if (!virtual) throw new GatewayError("internal", "virtual chunks are not allowed");
      return virtual.openAccess(location, options);
    });
  }

  /** @throws GatewayError forbidden outside the allowed locations, upstream when it is no address at all */
  resolve({ location }: VirtualReference): URL {
    const url = parseLocation(this.#expand(location));
    assertAllowed(url, this.#virtual?.allow ?? []);
    return url;
  }

  /**
   * @throws GatewayError upstream when the target is gone, too short, or no longer what the reference means; with
   * `changed` in its details when it is no longer what `version` told of
   */
  async read(
    reference: VirtualReference,
    range: { readonly offset: number; readonly length: number },
    options: CallOptions,
  ): Promise<TargetBytes> {
    const url = this.resolve(reference);
    const work = async (access: RandomAccess): Promise<TargetBytes> => {
      assertMeant(access, reference.condition, url);
      const bytes = await access.read(range.offset, range.length, options);
      return { bytes, version: access.version };
    };
    // what a reference with a condition leads to has that one version
    return reference.condition
      ? this.#open.useLatest(url, work, options)
      : this.#open.use(url, work, options);
  }

  /**
   * Version of the target as it is now.
   * @throws GatewayError where `read` of the whole reference would
   */
  async version(reference: VirtualReference, options: CallOptions): Promise<string | undefined> {
    const url = this.resolve(reference);
    const work = async (access: RandomAccess): Promise<string | undefined> => {
      assertMeant(access, reference.condition, url);
      assertInside(access, reference);
      return access.version;
    };
    return this.#open.useLatest(url, work, options);
  }

  async close(): Promise<void> {
    await this.#open.close();
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

function assertInside({ size }: RandomAccess, { offset, length }: VirtualReference): void {
  if (offset + length <= size) return;
  const part = `bytes ${offset} to ${offset + length}`;
  throw new GatewayError("upstream", `a virtual chunk is ${part} of a file that has ${size}`);
}

function bareEtag(etag: string): string {
  return etag.replace(/^W\//, "").replace(/^"(.*)"$/s, "$1");
}
