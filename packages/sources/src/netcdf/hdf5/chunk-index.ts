import type { CallOptions } from "@zarr-gateway/primitives";
import { findInBtreeV1, readBtreeV1Index } from "./chunk-index/btree-v1-index.ts";
import { findInBtreeV2Index, readBtreeV2Index } from "./chunk-index/btree-v2-index.ts";
import { ChunkGridFacts, chunksAlong } from "./chunk-index/chunk-grid-facts.ts";
import { findInExtensibleArray, readExtensibleArray } from "./chunk-index/extensible-array.ts";
import { findInFixedArray, readFixedArray } from "./chunk-index/fixed-array.ts";
import type { IndexContext, IndexVisitor } from "./chunk-index/index-context.ts";
import { type ChunkEntry, type ChunkTable, ChunkTableBuilder } from "./chunk-table.ts";
import { damaged, notSupported } from "./damaged.ts";
import type { Dataspace } from "./dataspace.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { ChunkedLayout, ChunkIndexKind } from "./layout.ts";

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
    await readKind(createVisitor(file, request, builder), layout.address, options);
  }
  return builder.finish();
}

async function readKind(visitor: IndexVisitor, address: number, options: CallOptions): Promise<void> {
  const { index } = visitor.layout;
  switch (index.kind) {
    case "btree-v1":
      return readBtreeV1Index(visitor, address, options);
    case "btree-v2":
      return readBtreeV2Index(visitor, address, options);
    case "fixed-array":
      return readFixedArray(visitor, address, options);
    case "extensible-array":
      return readExtensibleArray(visitor, address, options);
    case "single": {
      const { offset, size, filterMask } = singleEntry(visitor, address, index);
      return visitor.add(offset, size, filterMask, []);
    }
    case "implicit":
      return readImplicit(visitor, address);
    default:
      throw notSupported(`a chunk index of kind ${String(index satisfies never)}`);
  }
}

/**
 * One chunk without the rest of the index: reads a few nodes on the way to it. undefined: never written.
 * @param index its place in the grid
 */
export async function findChunk(
  file: Hdf5File,
  request: ChunkIndexRequest,
  index: readonly number[],
  options: CallOptions = {},
): Promise<ChunkEntry | undefined> {
  const { layout } = request;
  const grid = new ChunkGridFacts(layout, request.space);
  if (layout.address === undefined) return undefined;
  if (!index.every((position, axis) => position < (grid.counts[axis] ?? 0))) return undefined;
  const context = createContext(file, request, grid);
  switch (layout.index.kind) {
    case "btree-v1":
      return findInBtreeV1(context, layout.address, index, options);
    case "btree-v2":
      return findInBtreeV2Index(context, layout.address, index, options);
    case "fixed-array":
      return findInFixedArray(context, layout.address, grid.numberOf(index), options);
    case "extensible-array":
      return findInExtensibleArray(context, layout.address, grid.numberOf(index), options);
    case "single":
      return singleEntry(context, layout.address, layout.index);
    case "implicit":
      return implicitEntry(context, layout.address, grid.numberOf(index));
    default:
      throw notSupported(`a chunk index of kind ${String(layout.index satisfies never)}`);
  }
}

function singleEntry(
  { file, chunkBytes }: IndexContext,
  address: number,
  { size, filterMask }: Extract<ChunkIndexKind, { kind: "single" }>,
): ChunkEntry {
  return { offset: file.superblock.base + address, size: size ?? chunkBytes, filterMask };
}

/** Chunks of one size, one after the other: all of them were written when the dataset was made. */
function implicitEntry({ file, chunkBytes }: IndexContext, address: number, number: number): ChunkEntry {
  const offset = file.superblock.base + address + number * chunkBytes;
  if (offset + chunkBytes > file.access.size) throw damaged("truncated: the last chunks lie past its end");
  return { offset, size: chunkBytes, filterMask: 0 };
}

function readImplicit(visitor: IndexVisitor, address: number): void {
  for (let number = 0; number < visitor.totalChunks; number += 1) {
    const { offset, size, filterMask } = implicitEntry(visitor, address, number);
    visitor.addNumber(number, offset, size, filterMask);
  }
}

function createContext(file: Hdf5File, request: ChunkIndexRequest, grid: ChunkGridFacts): IndexContext {
  const { layout, isFiltered } = request;
  return {
    file,
    layout,
    isFiltered,
    rank: grid.counts.length,
    chunkBytes: layout.chunkShape.reduce((product, length) => product * length, layout.elementBytes),
    totalChunks: grid.totalChunks,
  };
}

function createVisitor(file: Hdf5File, request: ChunkIndexRequest, builder: ChunkTableBuilder): IndexVisitor {
  const grid = new ChunkGridFacts(request.layout, request.space);
  const published = chunksAlong(request.layout, request.shape);
  const { counts } = grid;
  const place = counts.map(() => 0);
  const add = (offset: number, size: number, filterMask: number, at: readonly number[]) => {
    let position = 0;
    for (let axis = 0; axis < counts.length; axis += 1) {
      const coordinate = at[axis] ?? 0;
      if (coordinate >= (counts[axis] ?? 0)) return; // left over from a dataset that was made smaller
      position = position * (published[axis] ?? 1) + coordinate;
    }
    if (position > Number.MAX_SAFE_INTEGER) throw notSupported("a grid of more than 2^53 chunks");
    builder.add(position, { offset, size, filterMask });
  };
  return {
    ...createContext(file, request, grid),
    add,
    addNumber(number, offset, size, filterMask) {
      grid.place(number, place);
      add(offset, size, filterMask, place);
    },
  };
}
