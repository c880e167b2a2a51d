import type { ByteCursor } from "./byte-cursor.ts";
import { damaged, notSupported } from "./damaged.ts";

/** One filter, in the order of writing. */
export interface Hdf5Filter {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly number[];
}

/** Numbers given out by the HDF Group. @see https://github.com/HDFGroup/hdf5_plugins */
export const FILTER = {
  deflate: 1,
  shuffle: 2,
  fletcher32: 3,
  lzf: 32000,
  blosc: 32001,
  lz4: 32004,
  zstd: 32015,
} as const;

/** @see HDF5 File Format Specification 3.0, IV.A.2.l */
export function parseFilters(cursor: ByteCursor): Hdf5Filter[] {
  const version = cursor.u8();
  if (version !== 1 && version !== 2) throw notSupported(`a filter pipeline of version ${version}`);
  const count = cursor.u8();
  if (count > 32) throw damaged(`a filter pipeline of ${count} filters`);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => parseFilter(cursor, version));
}

function parseFilter(cursor: ByteCursor, version: number): Hdf5Filter {
  const id = cursor.u16();
  const nameLength = version === 1 || id >= 256 ? cursor.u16() : 0;
  cursor.skip(2); // flags: whether the filter may be skipped, which the mask of each chunk says anyway
  const count = cursor.u16();
  const name = cursor.text(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
  const parameters = Array.from({ length: count }, () => cursor.u32());
  if (version === 1 && count % 2 === 1) cursor.skip(Math.min(4, cursor.remaining));
  return { id, name, parameters };
}
