/** The values' own bytes: a part of a larger buffer is copied, so that the rest of it is not kept with it. */
export function bytesOf(values: Float32Array): Uint8Array {
  const isWhole = values.byteLength === values.buffer.byteLength;
  const own = isWhole ? values : values.slice();
  return new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
}

/** @returns undefined where there are not as many values as there should be */
export function floatsOf(bytes: Uint8Array, count: number): Float32Array | undefined {
  if (bytes.byteLength !== count * Float32Array.BYTES_PER_ELEMENT) return undefined;
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const aligned = isAligned ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}
