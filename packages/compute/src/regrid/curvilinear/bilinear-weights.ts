import { type Weights, WeightsBuilder } from "../weights.ts";
import { type Mesh, quadCorners } from "./mesh.ts";
import { isKnown, type SpherePoints } from "./sphere.ts";
import { cubeAt, type Extent, voxelsOf } from "./voxels.ts";

type Corners = readonly [number, number, number, number];

/** A side of a quadrilateral bulges out of the box around its corners by less than this share of its size. */
const BULGE = 0.15;
const ROUNDING = 1e-7;

/**
 * Bilinear between the four points around each target, in the plane that touches the sphere there: so the poles and the
 * date line are places like any other.
 */
export function bilinearWeights(mesh: Mesh, targets: SpherePoints): Weights {
  const { points, rows, columns } = mesh;
  const extent = (quad: number): Extent | undefined => {
    const corners = quadCorners(mesh, quad);
    return corners?.every((corner) => isKnown(points, corner)) === true
      ? extentOf(points, corners)
      : undefined;
  };
  const { side, starts, items } = voxelsOf(rows * columns, extent);
  const count = targets.length / 3;
  const builder = new WeightsBuilder(count, rows * columns);
  for (let target = 0; target < count; target += 1) {
    const [x = 0, y = 0, z = 0] = targets.subarray(3 * target, 3 * target + 3);
    const voxel = (cubeAt(side, x) * side + cubeAt(side, y)) * side + cubeAt(side, z);
    const plane = tangentPlane(x, y, z);
    for (let at = starts[voxel] ?? 0; at < (starts[voxel + 1] ?? 0); at += 1) {
      const corners = quadCorners(mesh, items[at] ?? 0);
      const shares = corners && sharesOf(points, corners, plane);
      if (corners === undefined || shares === undefined) continue;
      for (const [position, corner] of corners.entries()) builder.add(corner, shares[position] ?? 0);
      break;
    }
    builder.endTarget();
  }
  return builder.finish();
}

function extentOf(points: SpherePoints, corners: Corners): Extent {
  const axis = (offset: number): readonly [number, number] => {
    const values = corners.map((corner) => points[3 * corner + offset] ?? 0);
    return [Math.min(...values), Math.max(...values)];
  };
  const [x, y, z] = [axis(0), axis(1), axis(2)];
  const margin = BULGE * Math.max(x[1] - x[0], y[1] - y[0], z[1] - z[0]);
  return {
    low: [x[0] - margin, y[0] - margin, z[0] - margin],
    high: [x[1] + margin, y[1] + margin, z[1] + margin],
  };
}

/** A point of the sphere and two directions across it. */
type Plane = readonly [at: readonly number[], right: readonly number[], up: readonly number[]];

function tangentPlane(x: number, y: number, z: number): Plane {
  const across = Math.hypot(x, y);
  const right = across < 1e-12 ? [1, 0, 0] : [-y / across, x / across, 0];
  const [a = 0, b = 0, c = 0] = right;
  return [[x, y, z], right, [y * c - z * b, z * a - x * c, x * b - y * a]];
}

/** Shares of the corners at the point of the plane; undefined where it lies outside of them. */
function sharesOf(
  points: SpherePoints,
  corners: Corners,
  [at, right, up]: Plane,
): readonly number[] | undefined {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const corner of corners) {
    const own = [points[3 * corner] ?? 0, points[3 * corner + 1] ?? 0, points[3 * corner + 2] ?? 0];
    const depth = dot(own, at);
    if (depth <= 0.05) return undefined; // behind the horizon
    xs.push(dot(own, right) / depth);
    ys.push(dot(own, up) / depth);
  }
  if (Math.min(...xs) > ROUNDING || Math.max(...xs) < -ROUNDING) return undefined;
  if (Math.min(...ys) > ROUNDING || Math.max(...ys) < -ROUNDING) return undefined;
  const place = placeOfOrigin(xs, ys);
  if (place === undefined) return undefined;
  const [s, t] = place;
  return [(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t];
}

/** Newton's method for the place of (0, 0) in the bilinear map of the unit square; undefined where it is outside. */
function placeOfOrigin(xs: readonly number[], ys: readonly number[]): readonly [number, number] | undefined {
  const [x0 = 0, x1 = 0, x2 = 0, x3 = 0] = xs;
  const [y0 = 0, y1 = 0, y2 = 0, y3 = 0] = ys;
  let [s, t] = [0.5, 0.5];
  for (let step = 0; step < 20; step += 1) {
    const x = (1 - s) * (1 - t) * x0 + s * (1 - t) * x1 + s * t * x2 + (1 - s) * t * x3;
    const y = (1 - s) * (1 - t) * y0 + s * (1 - t) * y1 + s * t * y2 + (1 - s) * t * y3;
    const [xs1, ys1] = [(1 - t) * (x1 - x0) + t * (x2 - x3), (1 - t) * (y1 - y0) + t * (y2 - y3)];
    const [xt, yt] = [(1 - s) * (x3 - x0) + s * (x2 - x1), (1 - s) * (y3 - y0) + s * (y2 - y1)];
    const determinant = xs1 * yt - xt * ys1;
    if (determinant === 0) return undefined;
    const [ds, dt] = [(x * yt - xt * y) / determinant, (xs1 * y - x * ys1) / determinant];
    s -= ds;
    t -= dt;
    if (Math.abs(s) > 10 || Math.abs(t) > 10) return undefined;
    if (Math.abs(ds) + Math.abs(dt) < 1e-12) break;
  }
  const isInside = s >= -ROUNDING && s <= 1 + ROUNDING && t >= -ROUNDING && t <= 1 + ROUNDING;
  return isInside ? [unit(s), unit(t)] : undefined;
}

function unit(value: number): number {
  if (value < 1e-9) return 0;
  return value > 1 - 1e-9 ? 1 : value;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) * (b[0] ?? 0) + (a[1] ?? 0) * (b[1] ?? 0) + (a[2] ?? 0) * (b[2] ?? 0);
}
