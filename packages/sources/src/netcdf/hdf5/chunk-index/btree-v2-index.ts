import type { CallOptions } from "@zarr-gateway/primitives";
import { findInBtreeV2, visitBtreeV2 } from "../btree-v2.ts";
import type { ByteCursor } from "../byte-cursor.ts";
import type { ChunkEntry } from "../chunk-table.ts";
import { damaged } from "../damaged.ts";
import type { IndexContext, IndexVisitor } from "./index-context.ts";

/** Records of type 10 (chunks without filters) and 11 (with). */
export async function readBtreeV2Index(
  visitor: IndexVisitor,
  address: number,
  options: CallOptions,
): Promise<void> {
  const at = new Array<number>(visitor.rank).fill(0);
  await visitBtreeV2(
    visitor.file,
    address,
    (cursor, recordBytes, type) => {
      const entry = readRecord(visitor, cursor, { recordBytes, type, at });
      if (entry) visitor.add(entry.offset, entry.size, entry.filterMask, at);
    },
    options,
  );
}

/** The chunk at one place; records are in the order of their places. */
export async function findInBtreeV2Index(
  context: IndexContext,
  address: number,
  wanted: readonly number[],
  options: CallOptions,
): Promise<ChunkEntry | undefined> {
  const at = wanted.map(() => 0);
  let found: ChunkEntry | undefined;
  await findInBtreeV2(
    context.file,
    address,
    (cursor, recordBytes, type) => {
      const entry = readRecord(context, cursor, { recordBytes, type, at });
      const axis = at.findIndex((position, i) => position !== wanted[i]);
      if (axis < 0) found = entry;
      return axis < 0 ? 0 : (at[axis] ?? 0) - (wanted[axis] ?? 0);
    },
    options,
  );
  return found;
}

interface RecordPlace {
  readonly recordBytes: number;
  readonly type: number;
  /** Takes the place of the chunk. */
  readonly at: number[];
}

function readRecord(
  context: IndexContext,
  cursor: ByteCursor,
  { recordBytes, type, at }: RecordPlace,
): ChunkEntry | undefined {
  if (type !== 10 && type !== 11) throw damaged(`a B-tree of type ${type} where chunks belong`);
  const { superblock } = context.file;
  const end = cursor.position + recordBytes;
  const address = cursor.address();
  const sizeBytes = recordBytes - superblock.offsetBytes - 8 * context.rank - 4;
  const size = type === 11 ? cursor.uint(Math.min(8, sizeBytes)) : context.chunkBytes;
  const filterMask = type === 11 ? cursor.u32() : 0;
  for (let axis = 0; axis < context.rank; axis += 1) at[axis] = cursor.uint(8);
  if (cursor.position > end) throw damaged(`records of ${recordBytes} bytes in the B-tree of chunks`);
  return address === undefined ? undefined : { offset: superblock.base + address, size, filterMask };
}
