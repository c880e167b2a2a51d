import type { CallOptions } from "@zarr-gateway/primitives";
import { damaged } from "../damaged.ts";
import { addLongEntries, entryBytes, type IndexContext } from "./index-context.ts";

const CHECKSUM = 4;

/** The index of datasets that cannot grow. @see HDF5 File Format Specification 3.0, VII.D */
export async function readFixedArray(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<void> {
  const { file } = context;
  const { offsetBytes, lengthBytes } = file.superblock;
  const head = await file.cursor(address, 8 + lengthBytes + offsetBytes, options);
  head.expect("FAHD");
  head.skip(2);
  const width = head.u8();
  const pageBits = head.u8();
  const count = head.length();
  const block = head.address();
  if (block === undefined) return;
  if (width !== entryBytes(context)) throw damaged(`an array of chunks with elements of ${width} bytes`);
  if (pageBits > 32) throw damaged("pages of an array are too large");
  const start = block + 6 + offsetBytes; // signature, version, client, address of the header
  (await file.cursor(block, 4, options)).expect("FADB");
  const perPage = 2 ** pageBits;
  if (count <= perPage) return addLongEntries(context, { address: start, first: 0, count }, options);

  const pages = Math.ceil(count / perPage);
  const written = await file.read(start, Math.ceil(pages / 8), options);
  const firstPage = start + written.length + CHECKSUM;
  for (let page = 0; page < pages; page += 1) {
    if (!isBitSet(written, page)) continue;
    const first = page * perPage;
    const row = {
      address: firstPage + page * (perPage * width + CHECKSUM),
      first,
      count: Math.min(perPage, count - first),
    };
    await addLongEntries(context, row, options);
  }
}

/** Bit maps of pages start at the highest bit of each byte. */
export function isBitSet(bits: Uint8Array, position: number): boolean {
  return ((bits[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0;
}
