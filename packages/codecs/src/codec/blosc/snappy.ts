import { GatewayError } from "@zarr-gateway/primitives";

/**
 * A raw Snappy stream.
 * @see google/snappy format_description.txt
 * @throws GatewayError upstream when it is damaged or does not hold `size` bytes
 */
export function decodeSnappy(bytes: Uint8Array, size: number): Uint8Array {
  const damaged = (): never => {
    throw new GatewayError("upstream", "a Snappy stream is damaged");
  };
  let at = 0;
  const next = (): number => bytes[at++] ?? damaged();
  const little = (count: number): number => {
    let value = 0;
    for (let byte = 0; byte < count; byte += 1) value += next() * 2 ** (8 * byte);
    return value;
  };
  if (readVarint(next) !== size) damaged();
  const result = new Uint8Array(size);
  let out = 0;
  while (at < bytes.length) {
    const tag = next();
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      const length = (upper < 60 ? upper : little(upper - 59)) + 1;
      if (at + length > bytes.length || out + length > size) damaged();
      result.set(bytes.subarray(at, at + length), out);
      at += length;
      out += length;
    } else {
      const isShort = (tag & 3) === 1;
      const length = isShort ? (upper & 7) + 4 : upper + 1;
      const offset = isShort ? ((tag >> 5) << 8) + next() : little((tag & 3) === 2 ? 2 : 4);
      if (offset === 0 || offset > out || out + length > size) damaged();
      for (let step = 0; step < length; step += 1) result[out + step] = result[out + step - offset] ?? 0;
      out += length;
    }
  }
  return out === size ? result : damaged();
}

function readVarint(next: () => number): number {
  let value = 0;
  for (let shift = 0; shift < 5; shift += 1) {
    const byte = next();
    value += (byte & 127) * 2 ** (7 * shift);
    if (byte < 128) return value;
  }
  return -1;
}
