import type { ByteRange } from "@zarr-gateway/dataset";

/** The part of `size` bytes that a range names, shortened at the end. */
export function withinRange(
  size: number,
  range: ByteRange | undefined,
): { readonly offset: number; readonly length: number } {
  if (!range) return { offset: 0, length: size };
  if ("suffix" in range) {
    const length = Math.min(size, Math.max(0, range.suffix));
    return { offset: size - length, length };
  }
  const offset = Math.min(size, Math.max(0, range.offset));
  return { offset, length: Math.min(Math.max(0, range.length), size - offset) };
}

export function sliceRange(bytes: Uint8Array, range: ByteRange | undefined): Uint8Array {
  const { offset, length } = withinRange(bytes.length, range);
  return bytes.subarray(offset, offset + length);
}
