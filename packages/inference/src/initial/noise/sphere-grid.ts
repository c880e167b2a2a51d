import type { GridAxis } from "../../model-package.ts";
import { kindOfAxis } from "../match/dimension-kind.ts";

/** A grid of latitudes and longitudes, in degrees. */
export interface SphereGrid {
  readonly latitudes: readonly number[];
  readonly longitudes: readonly number[];
  /** True where longitudes are the outer dimension. */
  readonly isTurned: boolean;
}

/** undefined for grids of something else. */
export function sphereGrid(grid: readonly GridAxis[]): SphereGrid | undefined {
  const [outer, inner] = grid;
  if (outer === undefined || inner === undefined || grid.length > 2) return undefined;
  const kinds = [kindOfAxis(outer.name), kindOfAxis(inner.name)];
  if (kinds[0] === "latitude" && kinds[1] === "longitude")
    return { latitudes: outer.labels, longitudes: inner.labels, isTurned: false };
  if (kinds[0] === "longitude" && kinds[1] === "latitude")
    return { latitudes: inner.labels, longitudes: outer.labels, isTurned: true };
  return undefined;
}
