import { setImmediate as nextTurn } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import type { ChunkIndex } from "@zarr-gateway/dataset";
import type { ChunkReference } from "../chunk-reference.ts";
import { type FlatBuffer, type Table, type Vector, vectorPosition } from "./flatbuffer.ts";
import { formatObjectId } from "./object-id.ts";

/** Fields of the tables in manifest.fbs. */
const MANIFEST = { id: 0, arrays: 1, locationDictionary: 2 } as const;
const ARRAY = { nodeId: 0, refs: 1 } as const;
const REF = {
  index: 0,
  inline: 1,
  offset: 2,
  length: 3,
  chunkId: 4,
  location: 5,
  etag: 6,
  lastModified: 7,
  compressedLocation: 8,
} as const;

/** References checked in one turn of the event loop, some milliseconds. */
const CHECKED_PER_TURN = 10_000;
/** As in Icechunk's own reader. */
const MAX_LOCATION_BYTES = 64 * 1024;
/** Locations kept as text, a megabyte or two of a manifest. */
const MAX_KNOWN_LOCATIONS = 4096;
const MAX_KNOWN_LENGTH = 1024;

/** References to chunks of some arrays, found in the file's own bytes by bisection. */
export class Manifest {
  readonly #buffer: FlatBuffer;
  readonly #arrays: Map<string, Vector>;
  readonly #dictionary: Uint8Array | undefined;
  readonly #checked = new Map<string, Promise<void>>();
  readonly #locations = new Map<string, string>();

  /** @throws GatewayError upstream when it is damaged or another one than its name says */
  constructor(buffer: FlatBuffer, id: string) {
    this.#buffer = buffer;
    const root = buffer.root();
    const ownId = formatObjectId(root.required(root.struct(MANIFEST.id, 12), "id"));
    if (ownId !== id) throw buffer.damaged(`it is the manifest ${ownId}`);
    this.#arrays = new Map();
    for (const array of root.tables(MANIFEST.arrays, "arrays").tables()) {
      const node = formatObjectId(array.required(array.struct(ARRAY.nodeId, 8), "node_id"));
      this.#arrays.set(node, array.tables(ARRAY.refs, "refs"));
    }
    this.#dictionary = root.bytes(MANIFEST.locationDictionary);
  }

  get byteLength(): number {
    return this.#buffer.bytes.buffer.byteLength;
  }

  /** The reference of a chunk, undefined when there is none here. */
  async find(node: string, index: ChunkIndex): Promise<ChunkReference | undefined> {
    const refs = this.#arrays.get(node);
    if (!refs) return undefined;
    await this.#check(node, refs, index.length);
    let low = 0;
    let high = refs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(this.#buffer, refs.tablePosition(middle), index);
      if (order === 0) return this.#reference(refs.table(middle));
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** Once for each array: references out of order would not be found, and their chunks read as fill. */
  #check(node: string, refs: Vector, rank: number): Promise<void> {
    const known = this.#checked.get(node);
    if (known) return known;
    const checked = this.#assertSorted(refs, rank);
    this.#checked.set(node, checked);
    return checked;
  }

  async #assertSorted(refs: Vector, rank: number): Promise<void> {
    const previous = new Uint32Array(rank);
    for (let item = 0; item < refs.length; item += 1) {
      const order = this.#advance(previous, refs.tablePosition(item));
      if (order <= 0 && item > 0) throw this.#buffer.damaged("its chunks are out of order");
      if (item % CHECKED_PER_TURN === CHECKED_PER_TURN - 1) await nextTurn();
    }
  }

  /**
   * Takes over the index of a reference, without the objects that other fields are read by: there are millions.
   * @returns more than 0 where it comes after the one before
   */
  #advance(previous: Uint32Array, ref: number): number {
    const buffer = this.#buffer;
    const start = vectorPosition(buffer, ref, REF.index);
    const length = start === undefined ? -1 : buffer.uint32(start);
    if (start === undefined || length !== previous.length) {
      throw buffer.damaged(`a chunk in it has ${length} dimensions, its array ${previous.length}`);
    }
    let order = 0;
    for (let axis = 0; axis < length; axis += 1) {
      const value = buffer.uint32(start + 4 + 4 * axis);
      if (order === 0) order = value - (previous[axis] ?? 0);
      previous[axis] = value;
    }
    return order;
  }

  #reference(ref: Table): ChunkReference {
    const chunkId = ref.struct(REF.chunkId, 12);
    if (chunkId) return { kind: "native", id: formatObjectId(chunkId), ...this.#range(ref) };
    const location = this.#location(ref);
    if (location !== undefined) {
      return { kind: "virtual", location, ...this.#range(ref), ...conditionOf(ref) };
    }
    const inline = ref.bytes(REF.inline);
    if (inline) return { kind: "inline", bytes: new Uint8Array(inline) };
    throw this.#buffer.damaged("a chunk in it refers to nothing");
  }

  #range(ref: Table): { readonly offset: number; readonly length: number } {
    const offset = ref.uint64(REF.offset);
    const length = ref.uint64(REF.length);
    if (Number.isSafeInteger(offset + length)) return { offset, length };
    throw this.#buffer.damaged(`a chunk in it has ${length} bytes from ${offset} on`);
  }

  #location(ref: Table): string | undefined {
    const compressed = ref.bytes(REF.compressedLocation);
    if (!compressed) return ref.string(REF.location);
    // chunks of one file have the same bytes here, and each decompression prepares the dictionary anew
    const key = Buffer.from(compressed.buffer, compressed.byteOffset, compressed.length).toString("latin1");
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const location = this.#decompressed(compressed);
    if (this.#locations.size >= MAX_KNOWN_LOCATIONS) this.#locations.clear();
    if (key.length + location.length <= MAX_KNOWN_LENGTH) this.#locations.set(key, location);
    return location;
  }

  #decompressed(compressed: Uint8Array): string {
    try {
      const options = { maxOutputLength: MAX_LOCATION_BYTES };
      const bytes = zstdDecompressSync(compressed, {
        ...options,
        ...(this.#dictionary && { dictionary: this.#dictionary }),
      });
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw this.#buffer.damaged("a location in it cannot be decompressed");
    }
  }
}

/** Of the index of a reference that was checked, and an index. */
function compare(buffer: FlatBuffer, ref: number, wanted: ChunkIndex): number {
  const start = vectorPosition(buffer, ref, REF.index) ?? 0;
  for (let axis = 0; axis < wanted.length; axis += 1) {
    const difference = buffer.uint32(start + 4 + 4 * axis) - (wanted[axis] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function conditionOf(ref: Table): Pick<ChunkReference & { kind: "virtual" }, "condition"> {
  const etag = ref.string(REF.etag);
  if (etag !== undefined) return { condition: { etag } };
  const seconds = ref.uint32(REF.lastModified);
  return seconds === 0 ? {} : { condition: { unmodifiedSince: 1000 * seconds } };
}
