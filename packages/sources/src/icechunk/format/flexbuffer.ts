import { FlatBuffer } from "./flatbuffer.ts";

/** Types of FlexBuffers, the upper six bits of a packed type. */
const KEY = 4;
const STRING = 5;
const MAP = 9;

/** What a value of a map is and where. */
export interface FlexValue {
  readonly type: number;
  /** Of the value, or of the offset to it. */
  readonly position: number;
  readonly offsetWidth: number;
  readonly width: number;
}

/** A map of a FlexBuffer: as much of that format as the configuration of a repository needs. */
export class FlexMap {
  readonly #buffer: FlatBuffer;
  readonly #start: number;
  readonly #width: number;
  readonly #length: number;

  private constructor(buffer: FlatBuffer, start: number, width: number) {
    this.#buffer = buffer;
    this.#start = start;
    this.#width = width;
    this.#length = unsigned(buffer, start - width, width);
    buffer.slice(start, this.#length * (width + 1)); // values, then their types
  }

  /** @param owner says whose bytes they are when they are damaged */
  static root(bytes: Uint8Array, owner: FlatBuffer): FlexMap | undefined {
    if (bytes.length < 3) throw owner.damaged("its configuration is empty");
    const buffer = new FlatBuffer(bytes, owner.key);
    const width = buffer.uint8(bytes.length - 1);
    const position = bytes.length - 2 - width;
    return mapAt(buffer, flexValue(position, width, buffer.uint8(bytes.length - 2)));
  }

  static at(buffer: FlatBuffer, value: FlexValue): FlexMap {
    return new FlexMap(buffer, follow(buffer, value), value.width);
  }

  map(key: string): FlexMap | undefined {
    const item = this.#find(key);
    return item === undefined ? undefined : mapAt(this.#buffer, this.#value(item));
  }

  string(key: string): string | undefined {
    const item = this.#find(key);
    if (item === undefined) return undefined;
    const value = this.#value(item);
    if (value.type !== STRING) return undefined;
    const start = follow(this.#buffer, value);
    const length = unsigned(this.#buffer, start - value.width, value.width);
    return new TextDecoder().decode(this.#buffer.slice(start, length));
  }

  /** Values that are maps. */
  *maps(): Generator<FlexMap> {
    for (let item = 0; item < this.#length; item += 1) {
      const map = mapAt(this.#buffer, this.#value(item));
      if (map) yield map;
    }
  }

  #value(item: number): FlexValue {
    const packed = this.#buffer.uint8(this.#start + this.#length * this.#width + item);
    return flexValue(this.#start + item * this.#width, this.#width, packed);
  }

  /** Before the values stand the offset of the keys and their width. */
  #find(key: string): number | undefined {
    const offsetAt = this.#start - 3 * this.#width;
    const keys = offsetAt - unsigned(this.#buffer, offsetAt, this.#width);
    const keyWidth = unsigned(this.#buffer, this.#start - 2 * this.#width, this.#width);
    for (let item = 0; item < this.#length; item += 1) {
      const at = keys + item * keyWidth;
      if (
        this.#isKey(follow(this.#buffer, { type: KEY, position: at, offsetWidth: keyWidth, width: 1 }), key)
      )
        return item;
    }
    return undefined;
  }

  #isKey(position: number, key: string): boolean {
    const wanted = Buffer.from(`${key}\0`, "latin1");
    if (position < 0 || position + wanted.length > this.#buffer.bytes.length) return false;
    return wanted.equals(this.#buffer.slice(position, wanted.length));
  }
}

function mapAt(buffer: FlatBuffer, value: FlexValue): FlexMap | undefined {
  return value.type === MAP ? FlexMap.at(buffer, value) : undefined;
}

export function flexValue(position: number, offsetWidth: number, packed: number): FlexValue {
  return { type: packed >> 2, position, offsetWidth, width: 1 << (packed & 3) };
}

export function follow(buffer: FlatBuffer, { position, offsetWidth }: FlexValue): number {
  return position - unsigned(buffer, position, offsetWidth);
}

export function unsigned(buffer: FlatBuffer, position: number, width: number): number {
  switch (width) {
    case 1:
      return buffer.uint8(position);
    case 2:
      return buffer.uint16(position);
    case 4:
      return buffer.uint32(position);
    case 8:
      return buffer.uint64(position);
    default:
      throw buffer.damaged(`numbers of ${width} bytes in its configuration`);
  }
}
