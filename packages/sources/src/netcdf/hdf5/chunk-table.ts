import { damaged } from "./damaged.ts";

/** Where the bytes of one chunk lie. */
export interface ChunkEntry {
  /** Position in the file (not relative to the base address). */
  readonly offset: number;
  readonly size: number;
  /** Bit i set: filter i of the pipeline was skipped. */
  readonly filterMask: number;
}

/** The chunks that were written, by their row-major position in the grid. Memory grows with them, not with the grid. */
export class ChunkTable {
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  readonly filterMasks: Uint32Array | undefined;
  /** Absent where position i of the grid is row i: every chunk from the first on was written. */
  readonly positions: Float64Array | undefined;

  constructor(columns: {
    readonly offsets: Float64Array;
    readonly sizes: Uint32Array;
    readonly filterMasks: Uint32Array | undefined;
    readonly positions: Float64Array | undefined;
  }) {
    this.offsets = columns.offsets;
    this.sizes = columns.sizes;
    this.filterMasks = columns.filterMasks;
    this.positions = columns.positions;
  }

  get count(): number {
    return this.offsets.length;
  }
  get byteLength(): number {
    const { positions, filterMasks } = this;
    return 12 * this.count + (positions?.byteLength ?? 0) + (filterMasks?.byteLength ?? 0);
  }
  /** undefined: never written. */
  find(position: number): ChunkEntry | undefined {
    const row = this.#rowOf(position);
    const offset = this.offsets[row];
    const size = this.sizes[row];
    if (offset === undefined || size === undefined) return undefined;
    return { offset, size, filterMask: this.filterMasks?.[row] ?? 0 };
  }

  #rowOf(position: number): number {
    if (!this.positions) return position;
    let low = 0;
    let high = this.positions.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.positions[middle] ?? 0;
      if (found === position) return middle;
      if (found < position) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

/** Rows that fit into about half a gigabyte; an index of more is refused rather than kept. */
const MAX_ROWS = 16 * 1024 * 1024;

/** Coordinates have few chunks, and so little memory costs nothing. */
const FIRST_ROWS = 8;

/** Collects chunks in whatever order an index yields them. */
export class ChunkTableBuilder {
  #positions = new Float64Array(FIRST_ROWS);
  #offsets = new Float64Array(FIRST_ROWS);
  #sizes = new Uint32Array(FIRST_ROWS);
  #masks = new Uint32Array(FIRST_ROWS);
  #count = 0;
  #isSorted = true;
  #hasMask = false;

  add(position: number, entry: ChunkEntry): void {
    const row = this.#count;
    if (row === this.#positions.length) this.#grow();
    if (row > 0 && position <= (this.#positions[row - 1] ?? 0)) this.#isSorted = false;
    if (entry.filterMask !== 0) this.#hasMask = true;
    if (entry.size > 0xffffffff) throw damaged(`a chunk of ${entry.size} bytes`);
    this.#positions[row] = position;
    this.#offsets[row] = entry.offset;
    this.#sizes[row] = entry.size;
    this.#masks[row] = entry.filterMask;
    this.#count += 1;
  }

  finish(): ChunkTable {
    const count = this.#count;
    const order = this.#isSorted ? undefined : this.#sortedRows();
    const positions = order ? pick(this.#positions, order) : this.#positions.slice(0, count);
    for (let row = 1; row < count; row += 1) {
      if (positions[row] === positions[row - 1]) throw damaged("a chunk is listed twice");
    }
    const isDense = count === 0 || positions[count - 1] === count - 1;
    const masks = order ? pick(this.#masks, order) : this.#masks.slice(0, count);
    return new ChunkTable({
      offsets: order ? pick(this.#offsets, order) : this.#offsets.slice(0, count),
      sizes: order ? pick(this.#sizes, order) : this.#sizes.slice(0, count),
      filterMasks: this.#hasMask ? masks : undefined,
      positions: isDense ? undefined : positions,
    });
  }

  #sortedRows(): Uint32Array {
    const positions = this.#positions;
    return Uint32Array.from({ length: this.#count }, (_, row) => row).sort(
      (a, b) => (positions[a] ?? 0) - (positions[b] ?? 0),
    );
  }
  #grow(): void {
    if (this.#count >= MAX_ROWS) throw damaged(`more than ${MAX_ROWS} chunks in one variable`);
    this.#positions = doubled(this.#positions, Float64Array);
    this.#offsets = doubled(this.#offsets, Float64Array);
    this.#sizes = doubled(this.#sizes, Uint32Array);
    this.#masks = doubled(this.#masks, Uint32Array);
  }
}

type Column = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

function doubled<C extends Column>(column: C, make: new (length: number) => C): C {
  const larger = new make(2 * column.length);
  larger.set(column);
  return larger;
}

function pick<C extends Column>(column: C, rows: Uint32Array): C {
  const picked = column.slice(0, rows.length) as C; // slice returns the kind of array it is called on
  for (let i = 0; i < rows.length; i += 1) picked[i] = column[rows[i] ?? 0] ?? 0;
  return picked;
}
