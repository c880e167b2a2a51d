import type { CallOptions } from "@zarr-gateway/primitives";
import { damaged } from "./damaged.ts";
import type { Hdf5File } from "./hdf5-file.ts";

interface Collection {
  readonly bytes: Uint8Array;
  /** Start and length of each object, by its number. */
  readonly objects: ReadonlyMap<number, readonly [start: number, length: number]>;
}
/** A reference to an element of variable length: number of base elements, and where they lie. */
export interface HeapReference {
  readonly count: number;
  readonly address: number | undefined;
  readonly index: number;
}

const MAX_CACHED_BYTES = 32 * 1024 * 1024;
/** Text decoded for one chunk or attribute; references may all point to one large object. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/**
 * Elements of variable length, in collections shared by the whole file.
 * @see HDF5 File Format Specification 3.0, III.E
 */
export class GlobalHeap {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, Collection>();
  #cachedBytes = 0;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** Texts behind a row of references, in order; an empty reference is "". */
  async texts(references: Uint8Array, options: CallOptions = {}): Promise<string[]> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const cursor = this.#file.parse(references);
    const width = 8 + this.#file.superblock.offsetBytes;
    const texts: string[] = new Array<string>(Math.floor(references.length / width));
    let total = 0;
    for (let i = 0; i < texts.length; i += 1) {
      const reference = { count: cursor.u32(), address: cursor.address(), index: cursor.u32() };
      const bytes = this.#cached(reference) ?? (await this.#read(reference, options));
      total += bytes.length;
      if (total > MAX_TEXT_BYTES) throw damaged("its texts are larger than the file");
      const end = bytes.indexOf(0);
      texts[i] = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
    }
    return texts;
  }

  /** Bytes of the elements behind one reference. */
  async bytes(
    reference: HeapReference,
    elementBytes: number,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    const found =
      this.#cached(reference, elementBytes) ?? (await this.#read(reference, options, elementBytes));
    return found;
  }

  /** A whole object; empty where there is none. */
  async object(address: number | undefined, index: number, options: CallOptions = {}): Promise<Uint8Array> {
    if (!address) return new Uint8Array(0);
    const { bytes, objects } = await this.#readCollection(address, options);
    const [start, length] = objects.get(index) ?? [0, 0];
    return bytes.subarray(start, start + length);
  }

  #cached(reference: HeapReference, elementBytes = 1): Uint8Array | undefined {
    if (reference.count === 0 || !reference.address) return new Uint8Array(0);
    const collection = this.#collections.get(reference.address);
    if (!collection) return undefined;
    const place = collection.objects.get(reference.index);
    const length = reference.count * elementBytes;
    if (!place || place[1] < length) throw damaged("a text of variable length is not where it should be");
    return collection.bytes.subarray(place[0], place[0] + length);
  }

  async #read(reference: HeapReference, options: CallOptions, elementBytes = 1): Promise<Uint8Array> {
    const address = reference.address ?? 0;
    const collection = await this.#readCollection(address, options);
    if (!this.#collections.has(address)) this.#cachedBytes += collection.bytes.length;
    this.#collections.set(address, collection);
    const found = this.#cached(reference, elementBytes);
    for (const [oldest, { bytes }] of this.#collections) {
      if (this.#cachedBytes <= MAX_CACHED_BYTES || this.#collections.size === 1) break;
      this.#collections.delete(oldest);
      this.#cachedBytes -= bytes.length;
    }
    return found ?? new Uint8Array(0);
  }

  async #readCollection(address: number, options: CallOptions): Promise<Collection> {
    const { lengthBytes } = this.#file.superblock;
    const head = await this.#file.cursor(address, 8 + lengthBytes, options);
    head.expect("GCOL");
    head.skip(4);
    const size = head.length();
    const cursor = await this.#file.cursor(address, size, options);
    cursor.skip(8 + lengthBytes);
    const objects = new Map<number, readonly [number, number]>();
    while (cursor.remaining >= 8 + lengthBytes) {
      const index = cursor.u16();
      cursor.skip(6);
      const length = cursor.length();
      if (index === 0) break; // the free space at the end
      objects.set(index, [cursor.position, length]);
      cursor.skip(length);
      cursor.align(8);
    }
    return { bytes: cursor.bytes, objects };
  }
}
