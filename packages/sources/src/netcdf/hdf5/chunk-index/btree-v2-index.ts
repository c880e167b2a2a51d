import type { CallOptions } from "@zarr-gateway/primitives";
import { visitBtreeV2 } from "../btree-v2.ts";
import { damaged } from "../damaged.ts";
import type { IndexContext } from "./index-context.ts";

/** Records of type 10 (chunks without filters) and 11 (with). */
export async function readBtreeV2Index(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<void> {
  const { file, rank, chunkBytes } = context;
  const { base } = file.superblock;
  const at = new Array<number>(rank).fill(0);
  await visitBtreeV2(
    file,
    address,
    (record, recordBytes, type) => {
      if (type !== 10 && type !== 11) throw damaged(`a B-tree of type ${type} where chunks belong`);
      const end = record.position + recordBytes;
      const offset = record.address();
      const sizeBytes = recordBytes - file.superblock.offsetBytes - 8 * rank - 4;
      const size = type === 11 ? record.uint(Math.min(8, sizeBytes)) : chunkBytes;
      const filterMask = type === 11 ? record.u32() : 0;
      for (let axis = 0; axis < rank; axis += 1) at[axis] = record.uint(8);
      if (record.position > end) throw damaged(`records of ${recordBytes} bytes in the B-tree of chunks`);
      if (offset !== undefined) context.add(base + offset, size, filterMask, at);
    },
    options,
  );
}
