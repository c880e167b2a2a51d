import type { ChunkCoder } from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  byteOrderUnit,
  type ChunkIndex,
  type ChunkSource,
  isInsideGrid,
  type StoredChunks,
} from "@zarr-gateway/dataset";
import type { RandomAccess } from "@zarr-gateway/stores";
import { withinRange } from "../../byte-range.ts";
import { classicFill } from "./attributes.ts";
import { chunkBytes, chunkExtent } from "./chunk-extent.ts";
import { checkInsideFile, gather } from "./gather.ts";
import type { VariableLayout } from "./layout.ts";

export interface ClassicContext {
  /** What chunk addresses name. */
  readonly location: URL;
  readonly coder: ChunkCoder;
}

/** A variable as chunks of the file's own big-endian bytes. NetCDF-3 writes every chunk: none is ever missing. */
export function createClassicSource(
  access: RandomAccess,
  layout: VariableLayout,
  context: ClassicContext,
): ChunkSource {
  const { dtype } = layout.variable.type;
  const grid = { shape: layout.shape, chunkShape: layout.chunkShape };
  const codecs = [{ name: "bytes", configuration: byteOrderUnit(dtype) === 1 ? {} : { endian: "big" } }];
  const encoding: ArrayEncoding = { dtype, grid, fill: classicFill(layout.variable), codecs };
  const stored = storedChunks(access, layout, { location: context.location, encoding });
  return {
    dtype,
    grid,
    fill: encoding.fill,
    stored,
    async read(index, options = {}) {
      const bytes = await stored.read(index, options);
      return bytes && context.coder.decode(encoding, index, bytes, options);
    },
  };
}

function storedChunks(
  access: RandomAccess,
  layout: VariableLayout,
  { location, encoding }: { readonly location: URL; readonly encoding: ArrayEncoding },
): StoredChunks {
  const { grid, codecs } = encoding;
  const size = chunkBytes(layout);
  const isWholeRange = (index: ChunkIndex): boolean => {
    const extent = chunkExtent(layout, index);
    return extent.count === 1 && extent.length === size;
  };
  return {
    grid,
    codecs,
    async read(index, { signal, range } = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const extent = chunkExtent(layout, index);
      if (range === undefined) return gather(access, extent, { size, signal });
      const { offset, length } = withinRange(size, range);
      if (!isWholeRange(index))
        return (await gather(access, extent, { size, signal })).subarray(offset, offset + length);
      checkInsideFile(access, extent);
      return access.read(extent.offset + offset, length, { signal });
    },
    stat(index) {
      const { version } = access;
      if (!isInsideGrid(grid, index)) return Promise.resolve(undefined);
      return Promise.resolve({ size, ...(version === undefined ? {} : { version }) });
    },
    locate(index) {
      const isAddressable = isInsideGrid(grid, index) && isWholeRange(index);
      const { offset } = chunkExtent(layout, index);
      return Promise.resolve(isAddressable ? { url: location, offset, length: size } : undefined);
    },
  };
}
