/** The store that clients open when they are told of none: they take the first `.zarr` of the list. */
const MAIN = "results.zarr";

/** Paths of a result in the order in which they are listed: the main Zarr store, the other stores, the other files. */
export function sortedPaths<Entry extends { readonly path: string }>(entries: readonly Entry[]): Entry[] {
  const keyed = entries.map((entry) => ({ entry, rank: rankOf(entry.path) }));
  keyed.sort((a, b) => a.rank - b.rank || (a.entry.path < b.entry.path ? -1 : 1));
  return keyed.map(({ entry }) => entry);
}

function rankOf(path: string): number {
  if (path.startsWith(`${MAIN}/`)) return 0;
  if (/\.zarr\//.test(path)) return 1;
  return /\.nc4?$/.test(path) ? 2 : 3;
}
