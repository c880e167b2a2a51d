import { damagedSet } from "../reference.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { decompressPage } from "./decompress-page.ts";
import type { ColumnChunk } from "./parquet-footer.ts";
import { readRuns } from "./run-lengths.ts";
import { numberAt, readStruct, structAt, type ThriftStruct } from "./thrift.ts";

/** Values of one column of a row group: rows hold the place of their value, -1 where there is none. */
export interface ColumnValues {
  readonly codes: Int32Array;
  /** Numbers of numeric columns, bytes of all others. */
  readonly values: readonly (number | Uint8Array)[];
}

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
  const codes = new Int32Array(rows).fill(-1);
  const values: (number | Uint8Array)[] = [];
  let dictionarySize: number | undefined;
  const cursor = new ByteCursor(bytes);
  for (let row = 0; row < rows; ) {
    const header = readStruct(cursor);
    const compressed = cursor.take(numberAt(header, 3, "how long a page is"));
    const unpack = async (part: Uint8Array, size: number): Promise<Uint8Array> => {
      budget.left -= size;
      if (!(size >= 0 && budget.left >= 0)) throw damagedSet("a row group of a Parquet file is too large");
      return decompressPage(column.codec, part, size);
    };
    switch (header.get(1)) {
      case PAGE.dictionary: {
        const count = numberAt(
          structAt(header, 7, "what is in a dictionary"),
          1,
          "how many values there are",
        );
        const page = await unpack(compressed, numberAt(header, 2, "how large a page is"));
        readPlain(new ByteCursor(page), column.type, count, values);
        dictionarySize = count;
        break;
      }
      case PAGE.data:
      case PAGE.dataV2: {
        const page = await readPage(header, column, compressed, unpack);
        if (page.rows <= 0 || page.rows > rows - row)
          throw damagedSet("a page of a Parquet file has other rows than it can have");
        placeValues(page, column, { codes: codes.subarray(row, row + page.rows), values, dictionarySize });
        row += page.rows;
        break;
      }
      case PAGE.index:
        break;
      default:
        throw damagedSet("a Parquet file has pages of an unknown kind");
    }
  }
  return { codes, values };
}

async function readPage(
  header: ThriftStruct,
  column: ColumnChunk,
  compressed: Uint8Array,
  unpack: (part: Uint8Array, size: number) => Promise<Uint8Array>,
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

interface Target {
  readonly codes: Int32Array;
  readonly values: (number | Uint8Array)[];
  readonly dictionarySize: number | undefined;
}

function placeValues(page: Page, column: ColumnChunk, { codes, values, dictionarySize }: Target): void {
  const { defined, encoding } = page;
  const present = defined ? defined.reduce((sum, level) => sum + level, 0) : page.rows;
  const places = new Int32Array(present);
  if (DICTIONARY_ENCODINGS.has(encoding)) {
    if (present > 0) readRuns(page.values, page.values.byte(), places);
    if (places.some((place) => place < 0 || place >= (dictionarySize ?? 0)))
      throw damagedSet("a Parquet file refers to values that its dictionary does not have");
  } else if (encoding === PLAIN) {
    const first = values.length;
    readPlain(page.values, column.type, present, values);
    for (let place = 0; place < present; place += 1) places[place] = first + place;
  } else {
    throw damagedSet(`the values of a Parquet file have the unknown encoding ${encoding}`);
  }
  let next = 0;
  for (let row = 0; row < codes.length; row += 1) {
    if (defined && defined[row] === 0) continue;
    codes[row] = places[next] ?? -1;
    next += 1;
  }
}

function readPlain(cursor: ByteCursor, type: number, count: number, values: (number | Uint8Array)[]): void {
  const read = READERS.get(type);
  if (!read) throw damagedSet(`a file of references has a column of Parquet's type ${type}`);
  if (!(count >= 0 && count <= cursor.left)) throw damagedSet("a page of a Parquet file is truncated");
  for (let value = 0; value < count; value += 1) values.push(read(cursor));
}

const READERS: ReadonlyMap<number, (cursor: ByteCursor) => number | Uint8Array> = new Map<
  number,
  (cursor: ByteCursor) => number | Uint8Array
>([
  [1, (cursor) => cursor.int32()],
  [2, (cursor) => cursor.int64()],
  [5, (cursor) => cursor.float64()],
  [BYTE_ARRAY, (cursor) => cursor.take(cursor.uint32())],
]);
