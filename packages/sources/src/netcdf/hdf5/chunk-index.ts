import type { CallOptions } from "@zarr-gateway/primitives";
import { readBtreeV1Index } from "./chunk-index/btree-v1-index.ts";
import { readBtreeV2Index } from "./chunk-index/btree-v2-index.ts";
import { readExtensibleArray } from "./chunk-index/extensible-array.ts";
import { readFixedArray } from "./chunk-index/fixed-array.ts";
import type { IndexContext } from "./chunk-index/index-context.ts";
import { type ChunkTable, ChunkTableBuilder } from "./chunk-table.ts";
import { damaged, notSupported } from "./damaged.ts";
import type { Dataspace } from "./dataspace.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { ChunkedLayout } from "./layout.ts";

export interface ChunkIndexRequest {
  readonly layout: ChunkedLayout;
  readonly space: Dataspace;
  readonly isFiltered: boolean;
  /** Shape that the grid positions are counted in; netCDF may show more records than the dataset has. */
  readonly shape: readonly number[];
}

/**
 * Every written chunk of a dataset. Reads node by node, so the event loop is never held for longer than one node takes.
 * @see HDF5 File Format Specification 3.0, VII
 */
export async function readChunkIndex(
  file: Hdf5File,
  request: ChunkIndexRequest,
  options: CallOptions = {},
): Promise<ChunkTable> {
  const { layout, space } = request;
  const builder = new ChunkTableBuilder();
  if (layout.address !== undefined && !space.shape.includes(0)) {
    const context = createContext(file, request, builder);
    await readKind(context, layout.address, options);
  }
  return builder.finish();
}

async function readKind(context: IndexContext, address: number, options: CallOptions): Promise<void> {
  const { index } = context.layout;
  switch (index.kind) {
    case "btree-v1":
      return readBtreeV1Index(context, address, options);
    case "btree-v2":
      return readBtreeV2Index(context, address, options);
    case "fixed-array":
      return readFixedArray(context, address, options);
    case "extensible-array":
      return readExtensibleArray(context, address, options);
    case "single":
      return context.add(
        context.file.superblock.base + address,
        index.size ?? context.chunkBytes,
        index.filterMask,
        [],
      );
    case "implicit":
      return readImplicit(context, address);
    default:
      throw notSupported(`a chunk index of kind ${String(index satisfies never)}`);
  }
}

/** Chunks of one size, one after the other: all of them were written when the dataset was made. */
function readImplicit(context: IndexContext, address: number): void {
  const { chunkBytes, file } = context;
  const end = file.access.size - file.superblock.base;
  for (let i = 0; i < context.totalChunks; i += 1) {
    const offset = address + i * chunkBytes;
    if (offset + chunkBytes > end) throw damaged("truncated: the last chunks lie past its end");
    context.addNumber(i, file.superblock.base + offset, chunkBytes, 0);
  }
}

function createContext(file: Hdf5File, request: ChunkIndexRequest, builder: ChunkTableBuilder): IndexContext {
  const { layout, space, shape } = request;
  const rank = space.shape.length;
  if (layout.chunkShape.length !== rank) {
    throw damaged(`chunks of rank ${layout.chunkShape.length} in a dataset of rank ${rank}`);
  }
  const chunksAlong = (lengths: readonly number[]) =>
    lengths.map((length, axis) => Math.ceil(length / (layout.chunkShape[axis] ?? 1)));
  const counts = chunksAlong(space.shape);
  const published = chunksAlong(shape);
  const most = chunksAlong(space.maxShape);
  const unlimited = most.findIndex((count) => !Number.isFinite(count));
  const chunkBytes = layout.chunkShape.reduce((product, length) => product * length, layout.elementBytes);

  /** Arrays of chunks count the unlimited dimension slowest, and the others by their maximum. */
  const axes = [...counts.keys()].sort((a, b) => Number(b === unlimited) - Number(a === unlimited) || a - b);
  const scaled = new Array<number>(rank).fill(0);
  const add = (offset: number, size: number, filterMask: number, at: readonly number[]) => {
    let position = 0;
    for (let axis = 0; axis < rank; axis += 1) {
      const coordinate = at[axis] ?? 0;
      if (coordinate >= (counts[axis] ?? 0)) return; // left over from a dataset that was made smaller
      position = position * (published[axis] ?? 1) + coordinate;
    }
    if (position > Number.MAX_SAFE_INTEGER) throw notSupported("a grid of more than 2^53 chunks");
    builder.add(position, { offset, size, filterMask });
  };
  return {
    file,
    layout,
    isFiltered: request.isFiltered,
    rank,
    chunkBytes,
    totalChunks: most.reduce(
      (product, count, axis) => product * (axis === unlimited ? (counts[axis] ?? 0) : count),
      1,
    ),
    add,
    addNumber(number, offset, size, filterMask) {
      let rest = number;
      for (let i = axes.length - 1; i >= 0; i -= 1) {
        const axis = axes[i] ?? 0;
        const along = i === 0 ? Number.POSITIVE_INFINITY : (most[axis] ?? 1);
        scaled[axis] = i === 0 ? rest : rest % along;
        rest = Math.floor(rest / along);
      }
      add(offset, size, filterMask, scaled);
    },
  };
}
