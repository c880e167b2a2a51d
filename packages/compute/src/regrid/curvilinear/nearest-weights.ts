import { type Weights, WeightsBuilder } from "../weights.ts";
import type { Mesh } from "./mesh.ts";
import { chord, isKnown, type SpherePoints } from "./sphere.ts";
import { cubeAt, voxelsOf } from "./voxels.ts";

/**
 * The nearest point of the source on the sphere, where it is no farther than the points there are from each other: a
 * region has nothing outside of itself.
 * @param mesh undefined for points in no order, whose reach is taken from their number
 */
export function nearestWeights(points: SpherePoints, mesh: Mesh | undefined, targets: SpherePoints): Weights {
  const sourceCount = points.length / 3;
  const { side, starts, items } = voxelsOf(sourceCount, (at) => {
    if (!isKnown(points, at)) return undefined;
    const place = [points[3 * at] ?? 0, points[3 * at + 1] ?? 0, points[3 * at + 2] ?? 0] as const;
    return { low: place, high: place };
  });
  const search = { points, targets, side, starts, items };
  const count = targets.length / 3;
  const builder = new WeightsBuilder(count, sourceCount);
  const usual = 2 * Math.sqrt((4 * Math.PI) / Math.max(1, sourceCount));
  for (let target = 0; target < count; target += 1) {
    const found = nearestPoint(search, target);
    if (found !== undefined) {
      const reach = mesh === undefined ? usual : reachOf(mesh, found.at);
      if (found.distance <= reach) builder.add(found.at, 1);
    }
    builder.endTarget();
  }
  return builder.finish();
}

interface Search {
  readonly points: SpherePoints;
  readonly targets: SpherePoints;
  readonly side: number;
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Cubes around the target in growing shells, one shell beyond the first find. */
function nearestPoint(
  search: Search,
  target: number,
): { readonly at: number; readonly distance: number } | undefined {
  const { targets, side } = search;
  const [x = 0, y = 0, z = 0] = targets.subarray(3 * target, 3 * target + 3);
  const centre = [cubeAt(side, x), cubeAt(side, y), cubeAt(side, z)] as const;
  let best: { at: number; distance: number } | undefined;
  for (let shell = 0; shell < side; shell += 1) {
    if (best !== undefined && (shell - 1) * (2 / side) > best.distance) return best;
    const found = nearestInShell(search, target, centre, shell);
    if (found !== undefined && (best === undefined || found.distance < best.distance)) best = found;
  }
  return best;
}

function nearestInShell(
  { points, targets, side, starts, items }: Search,
  target: number,
  centre: readonly [number, number, number],
  shell: number,
): { at: number; distance: number } | undefined {
  const [x = 0, y = 0, z = 0] = targets.subarray(3 * target, 3 * target + 3);
  let [at, least] = [-1, Number.POSITIVE_INFINITY];
  for (const voxel of shellVoxels(side, centre, shell)) {
    for (let position = starts[voxel] ?? 0; position < (starts[voxel + 1] ?? 0); position += 1) {
      const item = items[position] ?? 0;
      const distance =
        ((points[3 * item] ?? 0) - x) ** 2 +
        ((points[3 * item + 1] ?? 0) - y) ** 2 +
        ((points[3 * item + 2] ?? 0) - z) ** 2;
      if (distance < least || (distance === least && item < at)) [at, least] = [item, distance];
    }
  }
  return at < 0 ? undefined : { at, distance: Math.sqrt(least) };
}

function* shellVoxels(
  side: number,
  [cx, cy, cz]: readonly [number, number, number],
  shell: number,
): Generator<number> {
  for (let x = Math.max(0, cx - shell); x <= Math.min(side - 1, cx + shell); x += 1) {
    for (let y = Math.max(0, cy - shell); y <= Math.min(side - 1, cy + shell); y += 1) {
      const isFace = Math.abs(x - cx) === shell || Math.abs(y - cy) === shell;
      const step = isFace || shell === 0 ? 1 : 2 * shell;
      for (let z = cz - shell; z <= cz + shell; z += step) {
        if (z >= 0 && z < side) yield (x * side + y) * side + z;
      }
    }
  }
}

/** The longest way from a point to one of its neighbours in the grid. */
function reachOf({ rows, columns, points }: Mesh, at: number): number {
  const [row, column] = [Math.floor(at / columns), at % columns];
  let reach = 0;
  for (const [r, c] of [
    [row - 1, column],
    [row + 1, column],
    [row, column - 1],
    [row, column + 1],
  ] as const) {
    const other = r * columns + c;
    if (r >= 0 && r < rows && c >= 0 && c < columns && isKnown(points, other))
      reach = Math.max(reach, chord(points, at, other));
  }
  return reach;
}
