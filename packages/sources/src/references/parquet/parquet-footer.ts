import type { CallOptions } from "@zarr-gateway/primitives";
import { damagedSet } from "../reference.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { listAt, numberAt, readStruct, structAt, structsAt, type ThriftStruct, textOf } from "./thrift.ts";

/** Bytes of one Parquet file. */
export interface ParquetBytes {
  readonly size: number;
  read(offset: number, length: number, options?: CallOptions): Promise<Uint8Array>;
}

/** A column of a row group, and where its pages are. */
export interface ColumnChunk {
  readonly name: string;
  /** Parquet's numbers for types and codecs. */
  readonly type: number;
  readonly codec: number;
  readonly isOptional: boolean;
  readonly offset: number;
  readonly length: number;
}

export interface RowGroup {
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: readonly ColumnChunk[];
}

const MAGIC = "PAR1";
/** Read at once: the footer of a reference file is below 2 KiB. */
const TAIL_BYTES = 64 * 1024;
const MAX_FOOTER_BYTES = 16 * 1024 * 1024;
/** The length of the footer, and the magic number. */
const TRAILER_BYTES = 8;

/** @see https://parquet.apache.org/docs/file-format/metadata/ */
export async function readFooter(file: ParquetBytes, options: CallOptions): Promise<readonly RowGroup[]> {
  if (file.size < TRAILER_BYTES + MAGIC.length) throw damagedSet("a Parquet file is too short");
  const tailLength = Math.min(file.size, TAIL_BYTES);
  const tail = await file.read(file.size - tailLength, tailLength, options);
  const trailer = Buffer.from(tail.subarray(tailLength - TRAILER_BYTES));
  if (trailer.toString("latin1", 4) !== MAGIC)
    throw damagedSet("a file of references is no Parquet, or truncated");
  const length = trailer.readUInt32LE(0);
  if (length > Math.min(file.size - TRAILER_BYTES - MAGIC.length, MAX_FOOTER_BYTES))
    throw damagedSet("the footer of a Parquet file is longer than it can be");
  const start = file.size - TRAILER_BYTES - length;
  const footer =
    length + TRAILER_BYTES <= tailLength
      ? tail.subarray(tailLength - TRAILER_BYTES - length)
      : await file.read(start, length, options);
  return rowGroupsIn(readStruct(new ByteCursor(footer)), start);
}

function rowGroupsIn(metadata: ThriftStruct, end: number): RowGroup[] {
  const optional = optionalColumns(structsAt(metadata, 2, "its columns"));
  let firstRow = 0;
  return structsAt(metadata, 4, "its row groups").map((group) => {
    const rows = numberAt(group, 3, "how many rows there are");
    if (!Number.isSafeInteger(rows) || rows < 0) throw damagedSet(`a Parquet file has ${rows} rows`);
    const columns = structsAt(group, 1, "the columns of a row group").map((column) =>
      columnOf(structAt(column, 3, "where a column is"), optional, end),
    );
    const result = { firstRow, rows, columns };
    firstRow += rows;
    return result;
  });
}

/** Names of top-level columns; true where values may be missing. */
function optionalColumns(schema: readonly ThriftStruct[]): ReadonlyMap<string, boolean> {
  const columns = new Map<string, boolean>();
  for (const element of schema.slice(1)) {
    const repetition = element.get(3) ?? 0;
    if (repetition === 2 || Number(element.get(5) ?? 0) > 0)
      throw damagedSet("a file of references has columns of lists or groups");
    columns.set(textOf(element.get(4)), repetition === 1);
  }
  return columns;
}

function columnOf(metadata: ThriftStruct, optional: ReadonlyMap<string, boolean>, end: number): ColumnChunk {
  const name = listAt(metadata, 3, "the name of a column").map(textOf).join(".");
  const isOptional = optional.get(name);
  if (isOptional === undefined) throw damagedSet(`"${name}" is no column of the Parquet file`);
  const data = numberAt(metadata, 9, "where its pages are");
  const dictionary = metadata.get(11);
  // some writers give 0 where there is no dictionary
  const offset = typeof dictionary === "number" && dictionary > 0 ? Math.min(data, dictionary) : data;
  const length = numberAt(metadata, 7, "how long a column is");
  if (!(offset >= MAGIC.length && length >= 0 && offset + length <= end))
    throw damagedSet(`the column "${name}" lies outside its Parquet file`);
  return {
    name,
    type: numberAt(metadata, 1, "the type of a column"),
    codec: numberAt(metadata, 4, "how a column is compressed"),
    isOptional,
    offset,
    length,
  };
}
