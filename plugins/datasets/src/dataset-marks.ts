const ZARR_MARKERS: ReadonlySet<string> = new Set(["zarr.json", ".zgroup", ".zarray", ".zmetadata"]);
const REPOSITORY_MARKERS: ReadonlySet<string> = new Set(["snapshots", "repo", "refs"]);

/** Files that are datasets by their name. */
export const FILE_EXTENSION = /\.(nc|nc4|cdf|netcdf|h5|hdf5|he5|hdf)$/i;
/** Folders that are Zarr stores by their name. */
export const ZARR_EXTENSION = /\.zarr$/i;

/** True for names that `isStoreFolder` asks for: of a long listing no others need be kept. */
export function isMarker(name: string): boolean {
  return ZARR_MARKERS.has(name) || REPOSITORY_MARKERS.has(name);
}

/** True for a Zarr store, or an Icechunk repository of either version of its format, by the names in a folder. */
export function isStoreFolder(names: ReadonlySet<string>): boolean {
  const isRepository = names.has("snapshots") && (names.has("repo") || names.has("refs"));
  return isRepository || !ZARR_MARKERS.isDisjointFrom(names);
}
