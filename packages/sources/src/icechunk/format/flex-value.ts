import type { AttributeValue } from "@zarr-gateway/dataset";
import { FlatBuffer } from "./flatbuffer.ts";
import { type FlexValue, flexValue, follow, unsigned } from "./flexbuffer.ts";
import { ValueBudget } from "./value-budget.ts";

/** Types of FlexBuffers that JSON needs, the upper six bits of a packed type. @see https://flatbuffers.dev/internals/#flexbuffers */
const NULL = 0;
const INT = 1;
const UINT = 2;
const FLOAT = 3;
const KEY = 4;
const STRING = 5;
const INDIRECT_INT = 6;
const INDIRECT_FLOAT = 8;
const MAP = 9;
const VECTOR = 10;
const VECTOR_INT = 11;
const VECTOR_STRING = 15;
/** Two, three or four numbers of each kind, without their count. */
const VECTOR_INT2 = 16;
const VECTOR_FLOAT4 = 24;
const BOOL = 26;
const VECTOR_BOOL = 36;

/**
 * A value in FlexBuffers as JSON has it, integers as bigint.
 * @param owner says whose bytes they are when they are damaged
 * @throws GatewayError upstream when they are damaged, or lead to far more values than they have bytes
 */
export function decodeFlexValue(bytes: Uint8Array, owner: FlatBuffer): AttributeValue {
  if (bytes.length < 3) throw owner.damaged("a value in it is empty");
  const buffer = new FlatBuffer(bytes, owner.key);
  const width = buffer.uint8(bytes.length - 1);
  const value = flexValue(bytes.length - 2 - width, width, buffer.uint8(bytes.length - 2));
  return new FlexDecoder(buffer).decode(value, 0);
}

class FlexDecoder {
  readonly #buffer: FlatBuffer;
  readonly #budget: ValueBudget;

  constructor(buffer: FlatBuffer) {
    this.#buffer = buffer;
    this.#budget = new ValueBudget(buffer);
  }

  decode(value: FlexValue, depth: number): AttributeValue {
    this.#budget.spend(1, depth);
    const { type, position, offsetWidth } = value;
    if (type === NULL) return null;
    if (type === BOOL) return unsigned(this.#buffer, position, offsetWidth) !== 0;
    if (type === INT || type === UINT || type === FLOAT) return this.#number(type, position, offsetWidth);
    const target = follow(this.#buffer, value);
    if (type >= INDIRECT_INT && type <= INDIRECT_FLOAT) return this.#number(type - 5, target, value.width);
    if (type === KEY) return this.#key(target);
    if (type === STRING) return this.#string(target, value.width);
    if (type === MAP) return this.#map(target, value.width, depth);
    const isTyped = (type >= VECTOR_INT && type <= VECTOR_STRING) || type === VECTOR_BOOL;
    if (type === VECTOR || isTyped) return this.#vector(target, value, depth);
    if (type >= VECTOR_INT2 && type <= VECTOR_FLOAT4) return this.#tuple(target, value);
    throw this.#buffer.damaged(`a value in it has the unknown type ${type}`);
  }

  #number(type: number, position: number, width: number): bigint | number {
    const bytes = this.#buffer.slice(position, width);
    const view = new DataView(bytes.buffer, bytes.byteOffset, width);
    if (type === FLOAT && width === 4) return view.getFloat32(0, true);
    if (type === FLOAT && width === 8) return view.getFloat64(0, true);
    if (type === FLOAT) throw this.#buffer.damaged(`a number in it has ${width} bytes`);
    let bits = 0n;
    for (let at = width - 1; at >= 0; at -= 1) bits = (bits << 8n) | BigInt(view.getUint8(at));
    return type === INT ? BigInt.asIntN(8 * width, bits) : bits;
  }

  #string(start: number, width: number): string {
    return this.#text(this.#buffer.slice(start, unsigned(this.#buffer, start - width, width)));
  }

  #key(start: number): string {
    const end = this.#buffer.bytes.indexOf(0, start);
    if (start < 0 || end < 0) throw this.#buffer.damaged("a name in it does not end");
    return this.#text(this.#buffer.slice(start, end - start));
  }

  #text(bytes: Uint8Array): string {
    this.#budget.spend(bytes.length >> 3, 0);
    return new TextDecoder().decode(bytes);
  }

  /** Items of typed vectors have no types behind them. */
  #vector(start: number, { type, width }: FlexValue, depth: number): AttributeValue[] {
    const length = this.#length(start, width);
    const typeOf = (item: number): number => {
      if (type === VECTOR) return this.#buffer.uint8(start + length * width + item);
      return (type === VECTOR_BOOL ? BOOL : type === VECTOR_STRING ? STRING : type - VECTOR_INT + INT) << 2;
    };
    return Array.from({ length }, (_, item) =>
      this.decode(flexValue(start + item * width, width, typeOf(item)), depth + 1),
    );
  }

  #tuple(start: number, { type, width }: FlexValue): AttributeValue[] {
    const kind = type - VECTOR_INT2;
    return Array.from({ length: 2 + Math.floor(kind / 3) }, (_, item) =>
      this.#number(INT + (kind % 3), start + item * width, width),
    );
  }

  #map(start: number, width: number, depth: number): AttributeValue {
    const length = this.#length(start, width);
    const keys = start - 3 * width - unsigned(this.#buffer, start - 3 * width, width);
    const keyWidth = unsigned(this.#buffer, start - 2 * width, width);
    const entries = Array.from({ length }, (_, item): [string, AttributeValue] => {
      const position = keys + item * keyWidth;
      const key = follow(this.#buffer, { type: KEY, position, offsetWidth: keyWidth, width: 1 });
      const packed = this.#buffer.uint8(start + length * width + item);
      return [this.#key(key), this.decode(flexValue(start + item * width, width, packed), depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  #length(start: number, width: number): number {
    const length = unsigned(this.#buffer, start - width, width);
    this.#buffer.slice(start, length * width); // the count must fit
    return length;
  }
}
