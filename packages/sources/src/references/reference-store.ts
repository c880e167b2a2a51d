import { createHash } from "node:crypto";
import type { StoredLocation } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat, ByteStore } from "@zarr-gateway/stores";
import { withinRange } from "../byte-range.ts";
import type { Reference, ReferenceSet } from "./reference.ts";
import type { TargetFiles } from "./target-files.ts";

type GetOptions = CallOptions & { readonly range?: ByteRange };
type Found = { readonly bytes: Uint8Array; readonly stat: ByteStat };
type TargetReference = Extract<Reference, { kind: "target" }>;

/** The chunks of a reference set under their Zarr keys, so that the reader of Zarr stores reads a set too. */
export class ReferenceStore implements ByteStore {
  readonly #set: ReferenceSet;
  readonly #targets: TargetFiles;

  constructor(set: ReferenceSet, targets: TargetFiles) {
    this.#set = set;
    this.#targets = targets;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(key: string, options: GetOptions = {}): Promise<Found | undefined> {
    const reference = await this.#set.find(key, options);
    if (!reference) return undefined;
    if (reference.kind === "inline") {
      const { offset, length } = withinRange(reference.bytes.length, options.range);
      return { bytes: reference.bytes.subarray(offset, offset + length), stat: inlineStat(reference.bytes) };
    }
    return this.#targets.use(
      { target: reference.target, key },
      async (access) => {
        const place = reference.range ?? { offset: 0, length: access.size };
        const { offset, length } = withinRange(place.length, options.range);
        const bytes = await access.read(place.offset + offset, length, { signal: options.signal });
        return { bytes, stat: targetStat(reference, place.length, access.version) };
      },
      options,
    );
  }

  async stat(key: string, options: CallOptions = {}): Promise<ByteStat | undefined> {
    const reference = await this.#set.find(key, options);
    if (!reference) return undefined;
    if (reference.kind === "inline") return inlineStat(reference.bytes);
    return this.#targets.useLatest(
      { target: reference.target, key },
      async ({ size, version }) => {
        assertInside(reference.range, size);
        return targetStat(reference, reference.range?.length ?? size, version);
      },
      options,
    );
  }

  /** What stands in the set itself has an address with the scheme `data:`. */
  async locate(key: string, options: CallOptions = {}): Promise<StoredLocation | undefined> {
    const reference = await this.#set.find(key, options);
    if (!reference) return undefined;
    if (reference.kind === "inline") {
      const text = Buffer.from(reference.bytes).toString("base64");
      const url = new URL(`data:application/octet-stream;base64,${text}`);
      return { url, offset: 0, length: reference.bytes.length };
    }
    const { target, range } = reference;
    const url = this.#targets.locate(target, key);
    if (range) return { url, ...range };
    return this.#targets.useLatest(
      { target, key },
      async ({ size }) => ({ url, offset: 0, length: size }),
      options,
    );
  }

  async close(): Promise<void> {
    await this.#targets.close();
    await this.#set.close?.();
  }
}

/** A reader of the set alone would get fewer bytes than the reference says, or none: which is no chunk. */
function assertInside(range: TargetReference["range"], size: number): void {
  if (!range || range.offset + range.length <= size) return;
  const part = `bytes ${range.offset} to ${range.offset + range.length}`;
  throw new GatewayError("upstream", `${part} of a file that has ${size}`);
}

function inlineStat(bytes: Uint8Array): ByteStat {
  return { size: bytes.length, version: digest(bytes) };
}

/** Another place in the same file is another version, as is the same place in a file that has changed. */
function targetStat({ target, range }: TargetReference, size: number, version: string | undefined): ByteStat {
  return version === undefined
    ? { size }
    : { size, version: digest(`${target}\n${range?.offset ?? 0} ${size}\n${version}`) };
}

function digest(content: Uint8Array | string): string {
  return createHash("sha1").update(content).digest("hex");
}
