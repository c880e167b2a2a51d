import { GatewayError, type Transferred } from "@zarr-gateway/primitives";

/** Compressors of HDF5 plugins whose chunks have no codec in Zarr. */
export type Packing = "lzf" | "lz4";
export interface Packed {
  readonly packing: Packing;
  readonly bytes: Uint8Array;
  /** Bytes of the chunk once unpacked; more is damage. */
  readonly size: number;
}

/**
 * Undoes one compressor.
 * @throws GatewayError upstream when the bytes are damaged
 */
export function unpack({ packing, bytes, size }: Packed): Transferred<Uint8Array> {
  const target = new Uint8Array(size);
  const written = packing === "lzf" ? unpackLzf(bytes, target) : unpackLz4Frame(bytes, target);
  if (written !== size) throw corrupt(packing);
  return { value: target, transfer: [target.buffer] };
}

/** @see liblzf, lzf_d.c */
function unpackLzf(bytes: Uint8Array, target: Uint8Array): number {
  let at = 0;
  let to = 0;
  while (at < bytes.length) {
    const control = bytes[at++] ?? 0;
    if (control < 32) {
      const end = at + control + 1;
      if (end > bytes.length || to + control + 1 > target.length) throw corrupt("lzf");
      target.set(bytes.subarray(at, end), to);
      to += control + 1;
      at = end;
      continue;
    }
    const length = (control >> 5 === 7 ? 7 + (bytes[at++] ?? 0) : control >> 5) + 2;
    const from = to - ((control & 31) << 8) - (bytes[at++] ?? 0) - 1;
    to = copyWithin(target, { from, to, length }, "lzf");
  }
  return to;
}

/** The plugin's frame: size and block size, then blocks with their size in front, all big-endian. */
function unpackLz4Frame(bytes: Uint8Array, target: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Number(view.getBigUint64(0)) !== target.length) throw corrupt("lz4");
  const blockBytes = view.getUint32(8);
  let at = 12;
  let to = 0;
  while (to < target.length) {
    if (at + 4 > bytes.length || blockBytes === 0) throw corrupt("lz4");
    const packedBytes = view.getUint32(at);
    const expected = Math.min(blockBytes, target.length - to);
    const block = bytes.subarray(at + 4, at + 4 + packedBytes);
    if (block.length !== packedBytes) throw corrupt("lz4");
    if (packedBytes === expected)
      target.set(block, to); // did not become smaller
    else if (unpackLz4(block, target.subarray(to, to + expected)) !== expected) throw corrupt("lz4");
    to += expected;
    at += 4 + packedBytes;
  }
  return to;
}

/** @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function unpackLz4(bytes: Uint8Array, target: Uint8Array): number {
  let at = 0;
  let to = 0;
  const extended = (length: number): number => {
    if (length < 15) return length;
    let total = length;
    for (let more = 255; more === 255; total += more) {
      if (at >= bytes.length) throw corrupt("lz4");
      more = bytes[at++] ?? 0;
    }
    return total;
  };
  while (at < bytes.length) {
    const token = bytes[at++] ?? 0;
    const literals = extended(token >> 4);
    if (at + literals > bytes.length || to + literals > target.length) throw corrupt("lz4");
    target.set(bytes.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= bytes.length) break; // the last sequence has no match
    const distance = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    at += 2;
    if (distance === 0) throw corrupt("lz4");
    to = copyWithin(target, { from: to - distance, to, length: extended(token & 15) + 4 }, "lz4");
  }
  return to;
}

/** Byte by byte where source and target overlap: what was just written is read again. Returns the end. */
function copyWithin(
  target: Uint8Array,
  copy: { readonly from: number; readonly to: number; readonly length: number },
  packing: Packing,
): number {
  const { from, to, length } = copy;
  const end = to + length;
  if (from < 0 || end > target.length) throw corrupt(packing);
  if (to - from >= length) target.copyWithin(to, from, from + length);
  else for (let i = 0; i < length; i += 1) target[to + i] = target[from + i] ?? 0;
  return end;
}

function corrupt(packing: Packing): GatewayError {
  return new GatewayError("upstream", `the HDF5 file is damaged: a chunk is not what ${packing} writes`);
}
