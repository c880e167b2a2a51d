import { type CallOptions, createLimiter, isGatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { LRUCache } from "lru-cache";
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
  readonly #maxManifestBytes: number;
  readonly #known: LRUCache<string, Manifest>;
  readonly #flights = new SingleFlight<string, Manifest>();
  readonly #limiter = createLimiter(CONCURRENT_READS);

  constructor(limits: Partial<IcechunkLimits> = {}) {
    const { maxManifestBytes, manifestCacheBytes: maxSize } = { ...ICECHUNK_LIMITS, ...limits };
    this.#maxManifestBytes = maxManifestBytes;
    // one that is larger than all the room is kept alone
    const sizeCalculation = ({ byteLength }: Manifest): number => Math.min(Math.max(1, byteLength), maxSize);
    this.#known = new LRUCache({ maxSize, sizeCalculation });
  }

  get bytes(): number {
    return this.#known.calculatedSize;
  }

  /** Looks something up in a manifest; one that turns out to be damaged is read anew the next time. */
  async use<Result>(
    place: ManifestPlace,
    lookUp: (manifest: Manifest) => Promise<Result>,
    options: CallOptions,
  ): Promise<Result> {
    const name = `${place.repository} ${place.id}`;
    const manifest =
      this.#known.get(name) ??
      (await this.#flights.run(name, (shared) => this.#read(name, place, shared), options));
    try {
      return await lookUp(manifest);
    } catch (error) {
      if (isGatewayError(error)) this.#known.delete(name);
      throw error;
    }
  }

  async #read(name: string, { store, id }: ManifestPlace, options: CallOptions): Promise<Manifest> {
    const key = `manifests/${id}`;
    return this.#limiter.run(async () => {
      const maxBytes = this.#maxManifestBytes;
      const file = await readObjectFile(store, key, { kind: "manifest", maxBytes, signal: options.signal });
      if (!file) throw missingObject(key, "the snapshot");
      const manifest = new Manifest(file.buffer, id);
      this.#known.set(name, manifest);
      return manifest;
    }, options);
  }
}
