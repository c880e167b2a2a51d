import type { ByteCursor } from "./byte-cursor.ts";
import { damaged, notSupported } from "./damaged.ts";

/** How the chunks of a dataset are found. An undefined address: no chunk was ever written. */
export type ChunkIndexKind =
  | { readonly kind: "btree-v1" }
  | { readonly kind: "btree-v2" }
  | { readonly kind: "fixed-array" }
  | { readonly kind: "extensible-array" }
  | { readonly kind: "implicit" }
  | { readonly kind: "single"; readonly size: number | undefined; readonly filterMask: number };

export interface ChunkedLayout {
  readonly kind: "chunked";
  readonly address: number | undefined;
  readonly chunkShape: readonly number[];
  readonly elementBytes: number;
  readonly index: ChunkIndexKind;
  /** Chunks that reach past the dataset are stored without filters. */
  readonly leavesEdgesUnfiltered: boolean;
  /** Bytes of a chunk's size in index entries of filtered chunks. */
  readonly sizeBytes: number;
}
export type Hdf5Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number | undefined; readonly size: number }
  | ChunkedLayout
  /** Where the global heap says which datasets it is made of. */
  | { readonly kind: "virtual"; readonly address: number | undefined; readonly index: number };

/** @see HDF5 File Format Specification 3.0, IV.A.2.i */
export function parseLayout(cursor: ByteCursor): Hdf5Layout {
  const version = cursor.u8();
  if (version === 1 || version === 2) return parseOld(cursor);
  if (version < 3 || version > 5) throw notSupported(`a data layout of version ${version}`);
  const layoutClass = cursor.u8();
  if (layoutClass === 0) return { kind: "compact", data: cursor.take(cursor.u16()) };
  if (layoutClass === 1) return { kind: "contiguous", address: cursor.address(), size: cursor.length() };
  if (layoutClass === 3) return { kind: "virtual", address: cursor.address(), index: cursor.u32() };
  if (layoutClass !== 2) throw damaged(`a data layout of class ${layoutClass}`);
  return version === 3 ? parseChunkedV3(cursor) : parseChunkedV4(cursor, version);
}

function parseOld(cursor: ByteCursor): Hdf5Layout {
  const rank = cursor.u8();
  const layoutClass = cursor.u8();
  cursor.skip(5);
  const address = layoutClass === 0 ? undefined : cursor.address();
  const sizes = Array.from({ length: rank }, () => cursor.u32());
  if (layoutClass === 0) return { kind: "compact", data: cursor.take(cursor.u32()) };
  if (layoutClass === 1) return { kind: "contiguous", address, size: Number.NaN };
  if (layoutClass !== 2) throw damaged(`a data layout of class ${layoutClass}`);
  return chunked(sizes, { address, index: { kind: "btree-v1" } });
}

function parseChunkedV3(cursor: ByteCursor): ChunkedLayout {
  const rank = cursor.u8();
  const address = cursor.address();
  const sizes = Array.from({ length: rank }, () => cursor.u32());
  return chunked(sizes, { address, index: { kind: "btree-v1" } });
}

const INDEX_PARAMETER_BYTES = { 3: 1, 4: 5, 5: 6 } as const;

function parseChunkedV4(cursor: ByteCursor, version: number): ChunkedLayout {
  const flags = cursor.u8();
  const rank = cursor.u8();
  const width = cursor.u8();
  if (width < 1 || width > 8) throw damaged(`chunk lengths of ${width} bytes`);
  const sizes = Array.from({ length: rank }, () => cursor.uint(width));
  const type = cursor.u8();
  const index = parseIndexKind(cursor, type, (flags & 2) !== 0);
  const layout = chunked(sizes, { address: cursor.address(), index });
  const sizeBytes = version >= 5 ? cursor.sizes.lengthBytes : layout.sizeBytes;
  return { ...layout, sizeBytes, leavesEdgesUnfiltered: (flags & 1) !== 0 };
}

function parseIndexKind(cursor: ByteCursor, type: number, isFiltered: boolean): ChunkIndexKind {
  if (type === 1) {
    if (!isFiltered) return { kind: "single", size: undefined, filterMask: 0 };
    return { kind: "single", size: cursor.length(), filterMask: cursor.u32() };
  }
  if (type === 2) return { kind: "implicit" };
  if (type !== 3 && type !== 4 && type !== 5) throw notSupported(`a chunk index of type ${type}`);
  cursor.skip(INDEX_PARAMETER_BYTES[type]); // repeated in the header of the index
  return { kind: type === 3 ? "fixed-array" : type === 4 ? "extensible-array" : "btree-v2" };
}

/** The format gives the element's size as one more chunk dimension. */
function chunked(
  sizes: readonly number[],
  rest: { readonly address: number | undefined; readonly index: ChunkIndexKind },
): ChunkedLayout {
  const chunkShape = sizes.slice(0, -1);
  const elementBytes = sizes.at(-1) ?? 0;
  if (sizes.some((size) => size < 1)) throw damaged(`a chunk shape of ${chunkShape.join(" × ")}`);
  const bytes = sizes.reduce((product, size) => product * size, 1);
  const sizeBytes = Math.min(8, 1 + Math.floor((Math.floor(Math.log2(bytes)) + 8) / 8));
  return { kind: "chunked", ...rest, chunkShape, elementBytes, leavesEdgesUnfiltered: false, sizeBytes };
}
