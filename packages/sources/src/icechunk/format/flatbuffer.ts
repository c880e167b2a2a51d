import type { GatewayError } from "@zarr-gateway/primitives";
import { damagedObject } from "./damaged-object.ts";

/**
 * The parts of a FlatBuffer that Icechunk uses, read where they lie: nothing is decoded that nobody asks for. Every offset
 * is checked against the buffer, and counts against what is left of it, so that a damaged buffer costs neither memory nor time.
 */
export class FlatBuffer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly key: string;

  /** @param key of the object it was read from, for messages */
  constructor(bytes: Uint8Array, key: string) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.key = key;
  }

  root(): Table {
    return new Table(this, this.reference(0));
  }

  uint8(position: number): number {
    this.#check(position, 1);
    return this.#view.getUint8(position);
  }
  uint16(position: number): number {
    this.#check(position, 2);
    return this.#view.getUint16(position, true);
  }
  uint32(position: number): number {
    this.#check(position, 4);
    return this.#view.getUint32(position, true);
  }
  int32(position: number): number {
    this.#check(position, 4);
    return this.#view.getInt32(position, true);
  }
  /** @throws GatewayError upstream past the integers that a number holds exactly: no offset or size is that large */
  uint64(position: number): number {
    this.#check(position, 8);
    const value = this.#view.getBigUint64(position, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`the number ${value} is too large`);
    return Number(value);
  }
  /** Position that an offset stored at a position leads to. */
  reference(position: number): number {
    return position + this.uint32(position);
  }
  slice(position: number, length: number): Uint8Array {
    this.#check(position, length);
    return this.bytes.subarray(position, position + length);
  }
  damaged(problem: string): GatewayError {
    return damagedObject(this.key, problem);
  }

  #check(position: number, length: number): void {
    if (position < 0 || position + length > this.bytes.length) {
      throw this.damaged(`it refers to byte ${position + length} of ${this.bytes.length}`);
    }
  }
}

/** Fields are numbered as in the schema, unions taking two numbers. */
export class Table {
  readonly #buffer: FlatBuffer;
  readonly #position: number;
  readonly #fields: number;
  readonly #fieldBytes: number;

  constructor(buffer: FlatBuffer, position: number) {
    this.#buffer = buffer;
    this.#position = position;
    this.#fields = position - buffer.int32(position);
    this.#fieldBytes = buffer.uint16(this.#fields);
  }

  /** Position of a field, undefined when it is not stored. */
  position(field: number): number | undefined {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#fieldBytes) return undefined;
    const offset = this.#buffer.uint16(this.#fields + entry);
    return offset === 0 ? undefined : this.#position + offset;
  }
  uint8(field: number): number {
    const position = this.position(field);
    return position === undefined ? 0 : this.#buffer.uint8(position);
  }
  uint32(field: number): number {
    const position = this.position(field);
    return position === undefined ? 0 : this.#buffer.uint32(position);
  }
  int32(field: number): number {
    const position = this.position(field);
    return position === undefined ? 0 : this.#buffer.int32(position);
  }
  uint64(field: number): number {
    const position = this.position(field);
    return position === undefined ? 0 : this.#buffer.uint64(position);
  }
  /** A struct, or an array of bytes of fixed length. */
  struct(field: number, length: number): Uint8Array | undefined {
    const position = this.position(field);
    return position === undefined ? undefined : this.#buffer.slice(position, length);
  }
  bytes(field: number): Uint8Array | undefined {
    const vector = this.vector(field, 1);
    return vector && this.#buffer.slice(vector.start, vector.length);
  }
  string(field: number): string | undefined {
    const bytes = this.bytes(field);
    if (!bytes) return undefined;
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#buffer.damaged("a text in it is not UTF-8");
    }
  }
  table(field: number): Table | undefined {
    const position = this.position(field);
    return position === undefined ? undefined : new Table(this.#buffer, this.#buffer.reference(position));
  }
  vector(field: number, itemBytes: number): Vector | undefined {
    const position = this.position(field);
    if (position === undefined) return undefined;
    const start = this.#buffer.reference(position);
    const length = this.#buffer.uint32(start);
    this.#buffer.slice(start + 4, length * itemBytes); // the count must fit
    return new Vector(this.#buffer, start + 4, length);
  }
  /** A vector of tables. @throws GatewayError upstream when the field is not stored */
  tables(field: number, name: string): Vector {
    return this.required(this.vector(field, 4), name);
  }
  required<Value>(value: Value | undefined, name: string): Value {
    if (value === undefined) throw this.#buffer.damaged(`"${name}" is missing in it`);
    return value;
  }
}

/** Position of a vector that a table at a position refers to, where its length stands; undefined when it is not stored. */
export function vectorPosition(buffer: FlatBuffer, table: number, field: number): number | undefined {
  const fields = table - buffer.int32(table);
  const entry = 4 + 2 * field;
  if (entry + 2 > buffer.uint16(fields)) return undefined;
  const offset = buffer.uint16(fields + entry);
  return offset === 0 ? undefined : buffer.reference(table + offset);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export class Vector {
  readonly buffer: FlatBuffer;
  /** Position of the first item. */
  readonly start: number;
  readonly length: number;

  constructor(buffer: FlatBuffer, start: number, length: number) {
    this.buffer = buffer;
    this.start = start;
    this.length = length;
  }

  uint32(item: number): number {
    return this.buffer.uint32(this.start + 4 * item);
  }
  table(item: number): Table {
    return new Table(this.buffer, this.tablePosition(item));
  }
  tablePosition(item: number): number {
    return this.buffer.reference(this.start + 4 * item);
  }
  *tables(): Generator<Table> {
    for (let item = 0; item < this.length; item += 1) yield this.table(item);
  }
}
