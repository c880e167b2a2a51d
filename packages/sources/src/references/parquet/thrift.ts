import { damagedSet } from "../reference.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/** A value of Thrift's compact protocol. Lists grow with what is read, so that no declared length allocates. */
export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;
/** Fields by id. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** Parquet's own structures are nested six deep. */
const MAX_DEPTH = 12;

export function readStruct(cursor: ByteCursor, depth = 0): ThriftStruct {
  if (depth > MAX_DEPTH) throw damagedSet("structures of a Parquet file are nested too deep");
  const fields = new Map<number, ThriftValue>();
  let id = 0;
  for (;;) {
    const head = cursor.byte();
    const type = head & 0x0f;
    if (type === 0) return fields;
    id = head >> 4 ? id + (head >> 4) : zigzag(cursor.varint());
    fields.set(id, type <= 2 ? type === 1 : readValue(cursor, type, depth));
  }
}

function readValue(cursor: ByteCursor, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1:
    case 2: // in a list each takes a byte
      return cursor.byte() === 1;
    case 3:
      return cursor.byte();
    case 4:
    case 5:
    case 6:
      return zigzag(cursor.varint());
    case 7:
      return cursor.float64();
    case 8:
      return cursor.take(cursor.varint());
    case 9:
      return readList(cursor, depth + 1);
    case 12:
      return readStruct(cursor, depth + 1);
    default:
      throw damagedSet(`a Parquet file has a value of the unknown type ${type}`);
  }
}

function readList(cursor: ByteCursor, depth: number): ThriftValue[] {
  if (depth > MAX_DEPTH) throw damagedSet("lists of a Parquet file are nested too deep");
  const head = cursor.byte();
  const length = head >> 4 === 15 ? cursor.varint() : head >> 4;
  if (length > cursor.left) throw damagedSet("a list of a Parquet file is longer than the file");
  const values: ThriftValue[] = [];
  while (values.length < length) values.push(readValue(cursor, head & 0x0f, depth));
  return values;
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** @throws GatewayError upstream when the field is missing or of another kind */
export function numberAt(struct: ThriftStruct, id: number, what: string): number {
  const value = struct.get(id);
  if (typeof value === "number") return value;
  throw damagedSet(`a Parquet file does not say ${what}`);
}

export function structAt(struct: ThriftStruct, id: number, what: string): ThriftStruct {
  return asStruct(struct.get(id), what);
}

export function structsAt(struct: ThriftStruct, id: number, what: string): ThriftStruct[] {
  return listAt(struct, id, what).map((value) => asStruct(value, what));
}

export function listAt(struct: ThriftStruct, id: number, what: string): readonly ThriftValue[] {
  const value = struct.get(id);
  if (Array.isArray(value)) return value as readonly ThriftValue[]; // the only lists there are
  throw damagedSet(`a Parquet file does not say ${what}`);
}

export function textOf(value: ThriftValue | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "";
}

function asStruct(value: ThriftValue | undefined, what: string): ThriftStruct {
  if (value instanceof Map) return value as ThriftStruct; // the only maps there are
  throw damagedSet(`a Parquet file does not say ${what}`);
}
