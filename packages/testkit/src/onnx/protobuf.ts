/** One field of a message, encoded (Protocol Buffers §encoding). */
export type Field = Uint8Array;

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

export function varintField(number: number, value: number | bigint): Field {
  return join([varint((number << 3) | VARINT), varint(value)]);
}

export function bytesField(number: number, bytes: Uint8Array): Field {
  return join([varint((number << 3) | LENGTH), varint(bytes.length), bytes]);
}

export function textField(number: number, text: string): Field {
  return bytesField(number, new TextEncoder().encode(text));
}

export function floatField(number: number, value: number): Field {
  return join([varint((number << 3) | FIXED32), new Uint8Array(Float32Array.of(value).buffer)]);
}

export function messageField(number: number, fields: readonly Field[]): Field {
  return bytesField(number, join(fields));
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Negative numbers take ten bytes, as 64-bit two's complement. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
