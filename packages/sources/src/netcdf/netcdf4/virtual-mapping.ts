import type { CallOptions } from "@zarr-gateway/primitives";
import type { GlobalHeap, Hdf5Layout } from "../hdf5/index.ts";

/** Version, number of mappings, and the first one's file name `.` with its end. */
const OWN_FILE = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0x2e, 0] as const;

/**
 * Why a virtual dataset is not published, if so. The HDF5 library would open whatever file a mapping names, also
 * outside of what the configuration allows, so only one that maps its own file is read.
 * @see HDF5 File Format Specification 3.0, "Version 0 Virtual Dataset Global Heap Block"
 */
export async function virtualObstacle(
  layout: Hdf5Layout,
  heap: GlobalHeap,
  options: CallOptions,
): Promise<string | undefined> {
  if (layout.kind !== "virtual") return undefined;
  const reference = { count: OWN_FILE.length, address: layout.address, index: layout.index };
  const head = await heap.bytes(reference, 1, options);
  const mapsItself = head.length === OWN_FILE.length && OWN_FILE.every((byte, at) => head[at] === byte);
  return mapsItself ? undefined : "a virtual dataset over other files, which are not followed";
}
