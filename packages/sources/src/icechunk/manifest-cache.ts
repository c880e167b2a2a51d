import { type CallOptions, createLimiter, isGatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { missingObject } from "./format/damaged-object.ts";
import { Manifest } from "./format/manifest.ts";
import { readObjectFile } from "./format/object-file.ts";
import { ICECHUNK_LIMITS, type IcechunkLimits } from "./limits.ts";

/** Manifests read at once: each may take as much memory as the largest that is allowed. */
const CONCURRENT_READS = 2;

/** Where a manifest is to be found. */
export interface ManifestPlace {
  readonly store: ByteStore;
  readonly id: string;
  /** Tells repositories apart that share a cache. */
  readonly repository: string;
}

/** Manifests that were used lately, least recently used out first. Files of a repository never change, so nothing expires. */
export class ManifestCache {
  readonly #limits: Pick<IcechunkLimits, "maxManifestBytes" | "manifestCacheBytes">;
  readonly #known = new Map<string, Manifest>();
  readonly #flights = new SingleFlight<string, Manifest>();
  readonly #limiter = createLimiter(CONCURRENT_READS);
  #bytes = 0;

  constructor(limits: Partial<IcechunkLimits> = {}) {
    this.#limits = { ...ICECHUNK_LIMITS, ...limits };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Looks something up in a manifest; one that turns out to be damaged is read anew the next time. */
  async use<Result>(
    place: ManifestPlace,
    lookUp: (manifest: Manifest) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const name = `${place.repository} ${place.id}`;
    const manifest =
      this.#recall(name) ??
      (await this.#flights.run(name, (shared) => this.#read(name, place, shared), options));
    try {
      return await lookUp(manifest);
    } catch (error) {
      if (isGatewayError(error)) this.#forget(name);
      throw error;
    }
  }

  #recall(name: string): Manifest | undefined {
    const manifest = this.#known.get(name);
    if (!manifest) return undefined;
    this.#known.delete(name); // moves it to the end: the first is always the least recently used
    this.#known.set(name, manifest);
    return manifest;
  }

  async #read(name: string, { store, id }: ManifestPlace, options: CallOptions): Promise<Manifest> {
    const key = `manifests/${id}`;
    return this.#limiter.run(async () => {
      const maxBytes = this.#limits.maxManifestBytes;
      const file = await readObjectFile(store, key, { kind: "manifest", maxBytes, signal: options.signal });
      if (!file) throw missingObject(key, "the snapshot");
      const manifest = new Manifest(file.buffer, id);
      this.#remember(name, manifest);
      return manifest;
    }, options);
  }

  #remember(name: string, manifest: Manifest): void {
    this.#forget(name);
    this.#known.set(name, manifest);
    this.#bytes += manifest.byteLength;
    for (const [oldest] of this.#known) {
      if (this.#bytes <= this.#limits.manifestCacheBytes || oldest === name) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#bytes -= this.#known.get(name)?.byteLength ?? 0;
    this.#known.delete(name);
  }
}
