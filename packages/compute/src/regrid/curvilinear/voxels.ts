/** A box around the unit sphere cut into cubes, each with the numbers of what reaches into it. */
export interface Voxels {
  /** Cubes along an edge; the box goes from -1 to 1. */
  readonly side: number;
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

export interface Extent {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}

/** Larger things are kept in fewer, larger cubes, so that no item fills memory. */
const MAX_ENTRIES_PER_ITEM = 64;
const MAX_SIDE = 160;

/** @param extentOf undefined for what is nowhere */
export function voxelsOf(count: number, extentOf: (item: number) => Extent | undefined): Voxels {
  let side = Math.max(2, Math.min(MAX_SIDE, Math.round(Math.sqrt(count) / 3)));
  for (;;) {
    const counts = new Int32Array(side ** 3 + 1);
    const entries = eachEntry({ side, count, extentOf }, (voxel) => {
      counts[voxel + 1] = (counts[voxel + 1] ?? 0) + 1;
    });
    if (entries > MAX_ENTRIES_PER_ITEM * Math.max(count, 1) && side > 2) {
      side = Math.max(2, Math.floor(side / 2));
      continue;
    }
    for (let at = 1; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0);
    const next = counts.slice();
    const items = new Int32Array(entries);
    eachEntry({ side, count, extentOf }, (voxel, item) => {
      const at = next[voxel] ?? 0;
      items[at] = item;
      next[voxel] = at + 1;
    });
    return { side, starts: counts, items };
  }
}

/** The cube along one axis in which a coordinate lies. */
export function cubeAt(side: number, coordinate: number): number {
  return Math.max(0, Math.min(side - 1, Math.floor(((coordinate + 1) / 2) * side)));
}

interface Filling {
  readonly side: number;
  readonly count: number;
  readonly extentOf: (item: number) => Extent | undefined;
}

function eachEntry({ side, count, extentOf }: Filling, take: (voxel: number, item: number) => void): number {
  let entries = 0;
  for (let item = 0; item < count; item += 1) {
    const extent = extentOf(item);
    if (extent === undefined) continue;
    const low = extent.low.map((value) => cubeAt(side, value));
    const high = extent.high.map((value) => cubeAt(side, value));
    for (let x = low[0] ?? 0; x <= (high[0] ?? 0); x += 1)
      for (let y = low[1] ?? 0; y <= (high[1] ?? 0); y += 1)
        for (let z = low[2] ?? 0; z <= (high[2] ?? 0); z += 1) {
          take((x * side + y) * side + z, item);
          entries += 1;
        }
  }
  return entries;
}
