import { damagedSet } from "../reference.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { decompressPage } from "./decompress-page.ts";
import type { ColumnChunk } from "./parquet-footer.ts";
import { readRuns } from "./run-lengths.ts";
import { TextValues } from "./text-values.ts";
import { numberAt, readStruct, structAt, type ThriftStruct } from "./thrift.ts";

/** Values of one column of a row group. */
export type ColumnValues =
  | { readonly kind: "numbers" /** NaN where there is none. */; readonly numbers: Float64Array }
  | {
      readonly kind: "texts";
      /** The place of each row's value, -1 where there is none. */
      readonly codes: Int32Array;
      readonly values: TextValues;
    };

const PAGE = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;
const PLAIN = 0;
const DICTIONARY_ENCODINGS: ReadonlySet<number> = new Set([2, 8]);
const BYTE_ARRAY = 6;

/** A page after decompression. */
interface Page {
  readonly rows: number;
  readonly encoding: number;
  /** 1 where a row has a value; undefined where all have. */
  readonly defined: Int32Array | undefined;
  readonly values: ByteCursor;
}

/**
 * @param bytes of the column, all its pages
 * @param budget bytes that all pages may have after decompression; what is used is taken from it
 */
export async function readColumn(
  column: ColumnChunk,
  rows: number,
  bytes: Uint8Array,
  budget: { left: number },
): Promise<ColumnValues> {
  const sink = column.type === BYTE_ARRAY ? new TextSink(rows) : new NumberSink(rows, column.type);
  const unpack: Unpack = async (part, size) => {
    budget.left -= size;
    if (!(size >= 0 && budget.left >= 0)) throw damagedSet("a row group of a Parquet file is too large");
    return decompressPage(column.codec, part, size);
  };
  const cursor = new ByteCursor(bytes);
  for (let row = 0; row < rows; ) {
    const header = readStruct(cursor);
    const compressed = cursor.take(numberAt(header, 3, "how long a page is"));
    switch (header.get(1)) {
      case PAGE.dictionary: {
        const about = structAt(header, 7, "what is in a dictionary");
        const page = await unpack(compressed, numberAt(header, 2, "how large a page is"));
        sink.takeDictionary(new ByteCursor(page), numberAt(about, 1, "how many values there are"));
        break;
      }
      case PAGE.data:
      case PAGE.dataV2: {
        const page = await readPage(header, column, compressed, unpack);
        if (page.rows <= 0 || page.rows > rows - row)
          throw damagedSet("a page of a Parquet file has other rows than it can have");
        placeValues(page, row, sink);
        row += page.rows;
        break;
      }
      case PAGE.index:
        break;
      default:
        throw damagedSet("a Parquet file has pages of an unknown kind");
    }
  }
  return sink.column;
}

type Unpack = (part: Uint8Array, size: number) => Promise<Uint8Array>;

async function readPage(
  header: ThriftStruct,
  column: ColumnChunk,
  compressed: Uint8Array,
  unpack: Unpack,
): Promise<Page> {
  const size = numberAt(header, 2, "how large a page is");
  if (header.get(1) === PAGE.data) {
    const values = new ByteCursor(await unpack(compressed, size));
    const about = structAt(header, 5, "what is in a page");
    const rows = numberAt(about, 1, "how many values there are");
    const encoding = numberAt(about, 2, "how values are encoded");
    if (!column.isOptional) return { rows, encoding, defined: undefined, values };
    const levels = new ByteCursor(values.take(values.uint32()));
    return { rows, encoding, defined: readLevels(levels, rows), values };
  }
  const about = structAt(header, 8, "what is in a page");
  const rows = numberAt(about, 3, "how many rows there are");
  const whole = new ByteCursor(compressed);
  whole.take(numberAt(about, 6, "how long the repetition levels are"));
  const levels = new ByteCursor(whole.take(numberAt(about, 5, "how long the definition levels are")));
  const packed = whole.take(whole.left);
  const page =
    about.get(7) === false ? packed : await unpack(packed, size - (compressed.length - packed.length));
  return {
    rows,
    encoding: numberAt(about, 4, "how values are encoded"),
    defined: column.isOptional ? readLevels(levels, rows) : undefined,
    values: new ByteCursor(page),
  };
}

/** More rows than the row group has would be refused anyway: nothing of that size is made before. */
function readLevels(levels: ByteCursor, rows: number): Int32Array {
  if (!(rows >= 0 && rows <= 2 ** 24)) throw damagedSet("a page of a Parquet file has too many rows");
  const defined = new Int32Array(rows);
  readRuns(levels, 1, defined);
  return defined;
}

/** Values of a page go to the rows that have one. */
function placeValues({ rows, defined, encoding, values }: Page, firstRow: number, sink: Sink): void {
  let present = rows;
  for (let row = 0; defined && row < rows; row += 1) present -= 1 - (defined[row] ?? 0);
  const targets = new Int32Array(present);
  let next = 0;
  for (let row = 0; row < rows; row += 1) {
    if (defined && defined[row] === 0) continue;
    targets[next] = firstRow + row;
    next += 1;
  }
  if (DICTIONARY_ENCODINGS.has(encoding)) {
    const places = new Int32Array(present);
    if (present > 0) readRuns(values, values.byte(), places);
    sink.placeKnown(places, targets);
  } else if (encoding === PLAIN) {
    // each takes at least a byte: no count allocates more than what is there
    if (present > values.left) throw damagedSet("a page of a Parquet file is truncated");
    sink.placePlain(values, targets);
  } else {
    throw damagedSet(`the values of a Parquet file have the unknown encoding ${encoding}`);
  }
}

interface Sink {
  readonly column: ColumnValues;
  takeDictionary(values: ByteCursor, count: number): void;
  /** Values of the dictionary by their places there. */
  placeKnown(places: Int32Array, targets: Int32Array): void;
  placePlain(values: ByteCursor, targets: Int32Array): void;
}

class NumberSink implements Sink {
  readonly #numbers: Float64Array;
  readonly #read: (cursor: ByteCursor) => number;
  #dictionary = new Float64Array(0);

  constructor(rows: number, type: number) {
    const read = NUMBER_READERS.get(type);
    if (!read) throw damagedSet(`a file of references has a column of Parquet's type ${type}`);
    this.#read = read;
    this.#numbers = new Float64Array(rows).fill(Number.NaN);
  }

  get column(): ColumnValues {
    return { kind: "numbers", numbers: this.#numbers };
  }

  takeDictionary(values: ByteCursor, count: number): void {
    assertCount(values, count);
    this.#dictionary = Float64Array.from({ length: count }, () => this.#read(values));
  }

  placeKnown(places: Int32Array, targets: Int32Array): void {
    assertPlaces(places, this.#dictionary.length);
    for (let position = 0; position < targets.length; position += 1)
      this.#numbers[targets[position] ?? 0] = this.#dictionary[places[position] ?? 0] ?? Number.NaN;
  }

  placePlain(values: ByteCursor, targets: Int32Array): void {
    for (const target of targets) this.#numbers[target] = this.#read(values);
  }
}

class TextSink implements Sink {
  readonly #codes: Int32Array;
  readonly #values = new TextValues();
  #dictionary = { first: 0, count: 0 };

  constructor(rows: number) {
    this.#codes = new Int32Array(rows).fill(-1);
  }

  get column(): ColumnValues {
    return { kind: "texts", codes: this.#codes, values: this.#values };
  }

  takeDictionary(values: ByteCursor, count: number): void {
    assertCount(values, count);
    this.#dictionary = { first: this.#values.count, count };
    this.#values.takePage(values, count);
  }

  placeKnown(places: Int32Array, targets: Int32Array): void {
    const { first, count } = this.#dictionary;
    assertPlaces(places, count);
    for (let position = 0; position < targets.length; position += 1)
      this.#codes[targets[position] ?? 0] = first + (places[position] ?? 0);
  }

  placePlain(values: ByteCursor, targets: Int32Array): void {
    const first = this.#values.count;
    for (let position = 0; position < targets.length; position += 1)
      this.#codes[targets[position] ?? 0] = first + position;
    this.#values.takePage(values, targets.length);
  }
}

function assertCount(values: ByteCursor, count: number): void {
  if (!(count >= 0 && count <= values.left)) throw damagedSet("a dictionary of a Parquet file is truncated");
}

function assertPlaces(places: Int32Array, count: number): void {
  for (const place of places) {
    if (place < 0 || place >= count)
      throw damagedSet("a Parquet file refers to values that its dictionary does not have");
  }
}

/** By Parquet's number of the type. */
const NUMBER_READERS: ReadonlyMap<number, (cursor: ByteCursor) => number> = new Map([
  [1, (cursor: ByteCursor) => cursor.int32()],
  [2, (cursor: ByteCursor) => cursor.int64()],
  [5, (cursor: ByteCursor) => cursor.float64()],
]);
