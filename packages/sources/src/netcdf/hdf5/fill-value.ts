import type { ByteCursor } from "./byte-cursor.ts";
import { notSupported } from "./damaged.ts";

/**
 * What chunks and blocks that were never written read as: the bytes of one element, `zero` where the file names none
 * (the library's default), or `undefined-value` where the writer said that nothing is promised.
 */
export type Hdf5Fill = Uint8Array | "zero" | "undefined-value";

/** @see HDF5 File Format Specification 3.0, IV.A.2.e */
export function parseOldFill(cursor: ByteCursor): Hdf5Fill {
  const size = cursor.u32();
  return size === 0 ? "zero" : cursor.take(size);
}

/** @see HDF5 File Format Specification 3.0, IV.A.2.f */
export function parseFill(cursor: ByteCursor): Hdf5Fill {
  const version = cursor.u8();
  if (version === 1 || version === 2) {
    cursor.skip(2); // when space is allocated, when fill values are written
    const isDefined = cursor.u8() !== 0;
    if (version === 2 && !isDefined) return "undefined-value";
    const size = cursor.remaining >= 4 ? cursor.u32() : 0;
    if (!isDefined || size >= 0xffffffff) return "undefined-value";
    return size === 0 ? "zero" : cursor.take(size);
  }
  if (version !== 3) throw notSupported(`a fill value of version ${version}`);
  const flags = cursor.u8();
  if (flags & 0x10) return "undefined-value";
  if (!(flags & 0x20)) return "zero";
  const size = cursor.u32();
  return size === 0 ? "zero" : cursor.take(size);
}
