import { setImmediate as nextTurn } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import type { ChunkIndex } from "@zarr-gateway/dataset";
import type { ChunkReference } from "../chunk-reference.ts";
import type { FlatBuffer, Table, Vector } from "./flatbuffer.ts";
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

/** References to chunks of some arrays, found in the file's own bytes by bisection. */
export class Manifest {
  readonly #buffer: FlatBuffer;
  readonly #arrays: Map<string, Vector>;
  readonly #dictionary: Uint8Array | undefined;
  readonly #checked = new Map<string, Promise<void>>();

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
      const ref = refs.table(middle);
      const order = compare(indexOf(ref), index);
      if (order === 0) return this.#reference(ref);
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
    const index = new Uint32Array(rank);
    for (let item = 0; item < refs.length; item += 1) {
      const order = this.#advance(index, indexOf(refs.table(item)));
      if (order <= 0 && item > 0) throw this.#buffer.damaged("its chunks are out of order");
      if (item % CHECKED_PER_TURN === CHECKED_PER_TURN - 1) await nextTurn();
    }
  }

  /** Takes over the next index. @returns more than 0 where it comes after */
  #advance(index: Uint32Array, next: Vector): number {
    if (next.length !== index.length) {
      throw this.#buffer.damaged(`a chunk in it has ${next.length} dimensions, its array ${index.length}`);
    }
    let order = 0;
    for (let axis = 0; axis < index.length; axis += 1) {
      const value = next.uint32(axis);
      if (order === 0) order = value - (index[axis] ?? 0);
      index[axis] = value;
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

function indexOf(ref: Table): Vector {
  return ref.required(ref.vector(REF.index, 4), "index");
}

function compare(index: Vector, wanted: ChunkIndex): number {
  for (let axis = 0; axis < wanted.length; axis += 1) {
    const difference = index.uint32(axis) - (wanted[axis] ?? 0);
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
