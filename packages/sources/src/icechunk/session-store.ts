import { createHash } from "node:crypto";
import type { StoredLocation } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { type ByteRange, type ByteStat, type ByteStore, locationBelow } from "@zarr-gateway/stores";
import { withinRange } from "../byte-range.ts";
import type { ChunkReference, NativeReference, VirtualReference } from "./chunk-reference.ts";
import { missingObject } from "./format/damaged-object.ts";
import type { ReferenceLookup } from "./reference-lookup.ts";
import type { VirtualTargets } from "./virtual-targets.ts";

export interface SessionStoreOptions {
  readonly store: ByteStore;
  readonly references: ReferenceLookup;
  readonly targets: VirtualTargets;
  /** Where the repository lies, for reference sets. */
  readonly location: URL | undefined;
}

type GetOptions = CallOptions & { readonly range?: ByteRange };
type Found = { readonly bytes: Uint8Array; readonly stat: ByteStat };

/** The chunks of one snapshot under their Zarr keys, so that the reader of Zarr stores reads a repository too. */
export class SessionStore implements ByteStore {
  readonly #options: SessionStoreOptions;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(key: string, options: GetOptions = {}): Promise<Found | undefined> {
    const reference = await this.#options.references.find(key, options);
    if (!reference) return undefined;
    const size = sizeOf(reference);
    const { offset, length } = withinRange(size, options.range);
    switch (reference.kind) {
      case "inline":
        return { bytes: reference.bytes.subarray(offset, offset + length), stat: statOf(reference) };
      case "native":
        return { bytes: await this.#readNative(reference, offset, length, options), stat: statOf(reference) };
      case "virtual": {
        const range = { offset: reference.offset + offset, length };
        const { bytes, version } = await this.#options.targets.read(reference, range, options);
        return { bytes, stat: statOf(reference, version) };
      }
    }
  }

  async stat(key: string, options: CallOptions = {}): Promise<ByteStat | undefined> {
    const reference = await this.#options.references.find(key, options);
    if (!reference) return undefined;
    if (reference.kind !== "virtual") return statOf(reference);
    return statOf(reference, await this.#options.targets.version(reference, options));
  }

  async locate(key: string, options: CallOptions = {}): Promise<StoredLocation | undefined> {
    const reference = await this.#options.references.find(key, options);
    switch (reference?.kind) {
      case undefined:
        return undefined;
      case "virtual": {
        const { offset, length } = reference;
        return { url: this.#options.targets.resolve(reference), offset, length };
      }
      case "native": {
        const { offset, length, id } = reference;
        const { location } = this.#options;
        if (!location)
          throw new GatewayError("unsupported", "nobody has said where the Icechunk repository lies");
        return { url: locationBelow(location, chunkKey(id)), offset, length };
      }
      case "inline": {
        const text = Buffer.from(reference.bytes).toString("base64");
        const url = new URL(`data:application/octet-stream;base64,${text}`);
        return { url, offset: 0, length: reference.bytes.length };
      }
    }
  }

  async close(): Promise<void> {
    await this.#options.targets.close();
    await this.#options.store.close?.();
  }

  async #readNative(
    reference: NativeReference,
    offset: number,
    length: number,
    { signal }: CallOptions,
  ): Promise<Uint8Array> {
    const key = chunkKey(reference.id);
    const range = { offset: reference.offset + offset, length };
    const bytes = await this.#options.store.get(key, { range, signal });
    if (!bytes) throw missingObject(key, "a manifest");
    if (bytes.length === length) return bytes;
    const message = `"${key}" of the Icechunk repository is truncated: bytes ${range.offset} to ${range.offset + length} are not all there`;
    throw new GatewayError("upstream", message, { key });
  }
}

function chunkKey(id: string): string {
  return `chunks/${id}`;
}

function sizeOf(reference: ChunkReference): number {
  return reference.kind === "inline" ? reference.bytes.length : reference.length;
}

/** What a reference leads to never changes, but for the target of a virtual one without condition. */
function statOf(reference: ChunkReference, targetVersion?: string): ByteStat {
  return { size: sizeOf(reference), version: versionOf(reference, targetVersion) };
}

function versionOf(reference: ChunkReference, targetVersion: string | undefined): string {
  switch (reference.kind) {
    case "native":
      return `${reference.id}-${reference.offset}-${reference.length}`;
    case "inline":
      return digest(reference.bytes);
    case "virtual":
      return digest(virtualName(reference, targetVersion));
  }
}

function virtualName(reference: VirtualReference, targetVersion: string | undefined): string {
  const { location, offset, length, condition } = reference;
  return JSON.stringify([location, offset, length, condition ?? targetVersion]);
}

function digest(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}
