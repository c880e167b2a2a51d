import type { AttributeValue } from "@zarr-gateway/dataset";
import { FlatBuffer } from "./flatbuffer.ts";
import { ValueBudget } from "./value-budget.ts";

/**
 * A value in MessagePack as JSON has it, integers as bigint.
 * @param owner says whose bytes they are when they are damaged
 * @throws GatewayError upstream when they are damaged or hold what JSON has not
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function decodeMessagePack(bytes: Uint8Array, owner: FlatBuffer): AttributeValue {
  return new MessagePackDecoder(new FlatBuffer(bytes, owner.key)).decode(0);
}

class MessagePackDecoder {
  readonly #buffer: FlatBuffer;
  readonly #budget: ValueBudget;
  #position = 0;

  constructor(buffer: FlatBuffer) {
    this.#buffer = buffer;
    this.#budget = new ValueBudget(buffer);
  }

  decode(depth: number): AttributeValue {
    this.#budget.spend(1, depth);
    const head = this.#integer(1);
    if (head <= 0x7f) return BigInt(head);
    if (head >= 0xe0) return BigInt(head - 0x100);
    if (head <= 0x8f) return this.#map(head & 0x0f, depth);
    if (head <= 0x9f) return this.#array(head & 0x0f, depth);
    if (head <= 0xbf) return this.#text(head & 0x1f);
    return this.#long(head, depth);
  }

  /** What says its size in bytes of its own. */
  #long(head: number, depth: number): AttributeValue {
    if (head === 0xc0) return null;
    if (head === 0xc2 || head === 0xc3) return head === 0xc3;
    if (head === 0xca) return this.#view(4).getFloat32(0);
    if (head === 0xcb) return this.#view(8).getFloat64(0);
    if (head >= 0xcc && head <= 0xcf) return this.#bigInteger(1 << (head - 0xcc));
    if (head >= 0xd0 && head <= 0xd3) {
      const width = 1 << (head - 0xd0);
      return BigInt.asIntN(8 * width, this.#bigInteger(width));
    }
    if (head >= 0xd9 && head <= 0xdb) return this.#text(this.#integer(1 << (head - 0xd9)));
    if (head === 0xdc || head === 0xdd) return this.#array(this.#integer(2 << (head - 0xdc)), depth);
    if (head === 0xde || head === 0xdf) return this.#map(this.#integer(2 << (head - 0xde)), depth);
    throw this.#buffer.damaged(`a value in it has the unknown type ${head}`);
  }

  #array(length: number, depth: number): AttributeValue[] {
    const items: AttributeValue[] = [];
    for (let item = 0; item < length; item += 1) items.push(this.decode(depth + 1));
    return items;
  }

  #map(length: number, depth: number): AttributeValue {
    const entries: [string, AttributeValue][] = [];
    for (let item = 0; item < length; item += 1) {
      const key = this.decode(depth + 1);
      if (typeof key !== "string") throw this.#buffer.damaged("a name in it is no text");
      entries.push([key, this.decode(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }

  #integer(width: number): number {
    return Number(this.#bigInteger(width));
  }

  #bigInteger(width: number): bigint {
    let value = 0n;
    for (const byte of this.#take(width)) value = (value << 8n) | BigInt(byte);
    return value;
  }

  #view(width: number): DataView {
    const bytes = this.#take(width);
    return new DataView(bytes.buffer, bytes.byteOffset, width);
  }

  #take(length: number): Uint8Array {
    const bytes = this.#buffer.slice(this.#position, length);
    this.#position += length;
    return bytes;
  }
}
