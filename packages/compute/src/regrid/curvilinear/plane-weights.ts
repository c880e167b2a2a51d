import type { RegridMethod } from "../axis-weights.ts";
import { type TargetStep, targetGrid } from "../target-grid.ts";
import type { Weights } from "../weights.ts";
import { bilinearWeights } from "./bilinear-weights.ts";
import { type CellOutlines, outlinesOf } from "./cell-corners.ts";
import { conservativeWeights } from "./conservative-weights.ts";
import { meshOf } from "./mesh.ts";
import { nearestWeights } from "./nearest-weights.ts";
import { spherePoints } from "./sphere.ts";

/** What is known of a grid whose points have latitudes and longitudes of their own, in degrees. */
export interface PlaneJob {
  readonly method: RegridMethod;
  readonly target: TargetStep;
  /** Rows and columns; points in no order have one row. */
  readonly shape: readonly [number, number];
  readonly latitudes: Float64Array;
  readonly longitudes: Float64Array;
  /** Where the source tells the outlines of its cells. */
  readonly outlines?: CellOutlines | undefined;
}

/** Weights of all targets, row by row. Takes a second for a million points: for a thread. */
export function planeWeights({ method, target, shape, latitudes, longitudes, outlines }: PlaneJob): Weights {
  const [rows, columns] = shape;
  const points = spherePoints(latitudes, longitudes);
  const grid = targetGrid(target);
  const mesh = rows > 1 ? meshOf(rows, columns, points) : undefined;
  if (method === "nearest")
    return nearestWeights(points, mesh, targetPoints(grid.lat.centres, grid.lon.centres));
  if (method === "conservative") {
    const cells = outlines ?? (mesh && outlinesOf(mesh));
    if (cells === undefined) throw new Error("points in no order have outlines, or are taken by the nearest");
    return conservativeWeights(cells, grid);
  }
  if (mesh === undefined) throw new Error("there is nothing between points in no order");
  return bilinearWeights(mesh, targetPoints(grid.lat.centres, grid.lon.centres));
}

function targetPoints(latitudes: Float64Array, longitudes: Float64Array): Float64Array {
  const [lats, lons] = [
    new Float64Array(latitudes.length * longitudes.length),
    new Float64Array(latitudes.length * longitudes.length),
  ];
  for (const [row, latitude] of latitudes.entries()) {
    lats.fill(latitude, row * longitudes.length, (row + 1) * longitudes.length);
    lons.set(longitudes, row * longitudes.length);
  }
  return spherePoints(lats, lons);
}
