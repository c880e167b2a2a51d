import type { CallOptions } from "@zarr-gateway/primitives";
import { visitBtreeV2 } from "./btree-v2.ts";
import { assertChecksum, CHECKSUM_BYTES } from "./checksum.ts";
import { damaged, notSupported } from "./damaged.ts";
import { bytesToHold } from "./datatype.ts";
import type { Hdf5File } from "./hdf5-file.ts";

interface HeapHeader {
  readonly idBytes: number;
  readonly filterBytes: number;
  /** Of direct blocks; all else in a heap has them always. */
  readonly hasChecksums: boolean;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly hugeTree: number | undefined;
  readonly tableWidth: number;
  readonly startBlockBytes: number;
  readonly maxDirectBytes: number;
  readonly root: number | undefined;
  readonly rootRows: number;
}

/**
 * Objects of different sizes under short ids: where links and attributes lie when they are many.
 * @see HDF5 File Format Specification 3.0, III.G
 */
export class FractalHeap {
  readonly #file: Hdf5File;
  readonly #header: HeapHeader;
  /** Addresses of blocks whose checksum was compared. */
  readonly #checked = new Set<number>();
  #huge: Promise<Map<number, { address: number; length: number }>> | undefined;

  private constructor(file: Hdf5File, header: HeapHeader) {
    this.#file = file;
    this.#header = header;
  }

  static async open(file: Hdf5File, address: number, options: CallOptions = {}): Promise<FractalHeap> {
    const { offsetBytes, lengthBytes } = file.superblock;
    const start = await file.cursor(address, 9, options);
    start.expect("FRHP");
    start.skip(3);
    const filterBytes = start.u16();
    // with filters: size and mask of a filtered root block, and the filters
    const filterInfo = filterBytes > 0 ? lengthBytes + 4 + filterBytes : 0;
    const cursor = await file.checked(address, 22 + 3 * offsetBytes + 12 * lengthBytes + filterInfo, options);
    cursor.skip(5);
    const idBytes = cursor.u16();
    cursor.skip(2);
    const hasChecksums = (cursor.u8() & 2) !== 0;
    const maxManaged = cursor.u32();
    cursor.length();
    const hugeTree = cursor.address();
    cursor.skip(lengthBytes + offsetBytes + 8 * lengthBytes);
    const tableWidth = cursor.u16();
    const startBlockBytes = cursor.length();
    const maxDirectBytes = cursor.length();
    const heapBits = cursor.u16();
    cursor.u16();
    const root = cursor.address();
    const rootRows = cursor.u16();
    if (tableWidth === 0 || startBlockBytes === 0 || heapBits > 64 || idBytes < 1 || idBytes > 4096) {
      throw damaged("the header of a heap makes no sense");
    }
    const heapOffsetBytes = Math.ceil(heapBits / 8);
    const lengthField = Math.min(
      Math.ceil((Math.floor(Math.log2(maxDirectBytes || 1)) + 1) / 8),
      bytesToHold(maxManaged),
    );
    return new FractalHeap(file, {
      idBytes,
      filterBytes,
      hasChecksums,
      offsetBytes: heapOffsetBytes,
      lengthBytes: lengthField,
      hugeTree,
      tableWidth,
      startBlockBytes,
      maxDirectBytes,
      root,
      rootRows,
    });
  }

  get idBytes(): number {
    return this.#header.idBytes;
  }

  /** The bytes behind an id. */
  async object(id: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const type = ((id[0] ?? 0) >> 4) & 3;
    if (type === 2) return this.#tiny(id);
    if (this.#header.filterBytes > 0) throw notSupported("a compressed heap");
    return type === 1 ? this.#hugeObject(id, options) : this.#managed(id, options);
  }

  #tiny(id: Uint8Array): Uint8Array {
    const isLong = this.#header.idBytes > 18;
    const length = isLong ? (((id[0] ?? 0) & 15) << 8) | (id[1] ?? 0) : (id[0] ?? 0) & 15;
    const start = isLong ? 2 : 1;
    return id.subarray(start, start + length + 1);
  }

  async #managed(id: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const cursor = this.#file.parse(id);
    cursor.skip(1);
    const offset = cursor.uint(this.#header.offsetBytes);
    const length = cursor.uint(this.#header.lengthBytes);
    return this.#file.read(await this.#locate(offset, options), length, options);
  }

  /** Address of the byte at an offset of the heap: down from the root through tables of blocks of doubling sizes. */
  async #locate(offset: number, options: CallOptions): Promise<number> {
    const { tableWidth, startBlockBytes, maxDirectBytes, offsetBytes, root } = this.#header;
    if (root === undefined) throw damaged("an object of an empty heap");
    const addressBytes = this.#file.superblock.offsetBytes;
    const directRows = Math.log2(maxDirectBytes) - Math.log2(startBlockBytes) + 2;
    let block = root;
    let rows = this.#header.rootRows;
    let rest = offset;
    for (let depth = 0; depth < 32; depth += 1) {
      if (rows === 0) {
        if (rest >= startBlockBytes) throw damaged("an object past the end of its heap");
        await this.#checkDirect(block, startBlockBytes, options);
        return block + rest;
      }
      const firstRows = tableWidth * startBlockBytes;
      const row = rest < firstRows ? 0 : Math.floor(Math.log2(rest / firstRows)) + 1;
      if (row >= rows) throw damaged("an object past the end of its heap");
      const rowStart = row === 0 ? 0 : firstRows * 2 ** (row - 1);
      const size = row === 0 ? startBlockBytes : startBlockBytes * 2 ** (row - 1);
      const column = Math.floor((rest - rowStart) / size);
      const entries = 5 + addressBytes + offsetBytes; // signature, version, heap address, block offset
      await this.#checkOnce(block, (address) =>
        this.#file.checked(address, entries + rows * tableWidth * addressBytes, options),
      );
      const entry = block + entries + (row * tableWidth + column) * addressBytes;
      block = (await this.#file.cursor(entry, addressBytes, options)).requiredAddress("a block of a heap");
      rest -= rowStart + column * size;
      if (row < directRows) {
        await this.#checkDirect(block, size, options);
        return block + rest;
      }
      rows = Math.log2(size) - Math.log2(firstRows) + 1;
    }
    throw damaged("a heap is nested too deeply");
  }

  /** The checksum stands inside the block and was computed while its field was zero. */
  async #checkDirect(address: number, size: number, options: CallOptions): Promise<void> {
    if (!this.#header.hasChecksums) return;
    await this.#checkOnce(address, async () => {
      const block = await this.#file.read(address, size, options);
      const field = 5 + this.#file.superblock.offsetBytes + this.#header.offsetBytes;
      const bytes = new Uint8Array(size + CHECKSUM_BYTES);
      bytes.set(block);
      bytes.fill(0, field, field + CHECKSUM_BYTES);
      bytes.set(block.subarray(field, field + CHECKSUM_BYTES), size);
      assertChecksum(bytes, size);
    });
  }

  async #checkOnce(address: number, check: (address: number) => Promise<unknown>): Promise<void> {
    if (this.#checked.has(address)) return;
    await check(address);
    this.#checked.add(address);
  }

  async #hugeObject(id: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const { offsetBytes, lengthBytes } = this.#file.superblock;
    const cursor = this.#file.parse(id);
    cursor.skip(1);
    if (offsetBytes + lengthBytes <= id.length - 1) {
      const address = cursor.requiredAddress("a large object");
      return this.#file.read(address, cursor.length(), options);
    }
    this.#huge ??= this.#readHuge(options);
    const found = (await this.#huge).get(cursor.uint(Math.min(lengthBytes, id.length - 1)));
    if (!found) throw damaged("a large object is not in its heap");
    return this.#file.read(found.address, found.length, options);
  }

  async #readHuge(options: CallOptions): Promise<Map<number, { address: number; length: number }>> {
    const objects = new Map<number, { address: number; length: number }>();
    if (this.#header.hugeTree === undefined) return objects;
    await visitBtreeV2(
      this.#file,
      this.#header.hugeTree,
      (record) => {
        const address = record.requiredAddress("a large object");
        const length = record.length();
        objects.set(record.length(), { address, length });
      },
      options,
    );
    return objects;
  }
}
