import type { CallOptions } from "@zarr-gateway/primitives";
import type { GlobalHeap, Hdf5Dataset } from "../hdf5/index.ts";

/** Version, number of mappings, and the first one's source file: the name "." or, in version 1, the flag for it. */
const OWN_FILE = [
  [0, 1, 0, 0, 0, 0, 0, 0, 0, 0x2e, 0],
  [1, 1, 0, 0, 0, 0, 0, 0, 0, 4],
] as const;

export interface VirtualContext {
  readonly heap: GlobalHeap;
  /** The dataset at an absolute path of the file, if it lies in the file itself. */
  readonly datasetAt: (path: string) => Hdf5Dataset | undefined;
}

/**
 * Why a virtual dataset is not published, if so. The HDF5 library would open whatever file a mapping names, also
 * outside of what the configuration allows, and so would it for external links, external data and virtual datasets
 * that a mapping leads to. Only one that maps one ordinary dataset of its own file is read.
 * @see HDF5 File Format Specification 3.0, "Virtual Dataset Global Heap Block", versions 0 and 1
 */
export async function virtualObstacle(
  { layout }: Hdf5Dataset,
  { heap, datasetAt }: VirtualContext,
  options: CallOptions,
): Promise<string | undefined> {
  if (layout.kind !== "virtual") return undefined;
  const mapping = await heap.object(layout.address, layout.index, options);
  const start = OWN_FILE.find((bytes) => bytes.every((byte, at) => mapping[at] === byte));
  if (!start) return "a virtual dataset over other files, or over several datasets, which are not followed";
  const name = new TextDecoder().decode(mapping.subarray(start.length, mapping.indexOf(0, start.length)));
  const source = datasetAt(name.startsWith("/") ? name : `/${name}`);
  // "%b" stands for the number of a block: the name is a pattern
  const isOrdinary = source && source.layout.kind !== "virtual" && !source.isExternal && !name.includes("%");
  return isOrdinary
    ? undefined
    : `a virtual dataset over "${name}", which is no ordinary dataset of the file`;
}
