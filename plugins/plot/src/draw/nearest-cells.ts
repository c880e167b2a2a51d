import type { Point } from "../projection/map-projection.ts";
import { degrees, radians } from "../projection/map-projection.ts";
import { unitVectors } from "./cell-corners.ts";
import { type MapView, planeX, planeY } from "./map-view.ts";

interface Places {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
}

/** A pixel farther from the nearest place than so many usual distances belongs to none. */
const REACH = 1.6;

/** For each pixel the nearest of scattered places, −1 where all are far: for cells whose corners nobody tells. */
export function nearestCells(places: Places, view: MapView): Int32Array {
  const { width, height, projection } = view;
  const bins = createBins(places);
  const cells = new Int32Array(width * height).fill(-1);
  const point: Point = [0, 0];
  for (let row = 0; row < height; row += 1) {
    const y = planeY(view, row);
    for (let column = 0; column < width; column += 1) {
      if (projection.inverse(planeX(view, column), y, point)) {
        cells[row * width + column] = bins.nearest(point[0], point[1]);
      }
    }
  }
  return cells;
}

interface Bins {
  nearest(longitude: number, latitude: number): number;
}

/** Bins of about the usual distance, along bands of latitude; each band has as many as fit around it. */
function createBins(places: Places): Bins {
  const vectors = unitVectors(places.longitude, places.latitude);
  const spacing = usualDistance(vectors);
  const bands = Math.max(1, Math.min(4000, Math.floor(180 / (REACH * spacing))));
  const binsOf = Array.from({ length: bands }, (_, band) => {
    const south = Math.abs(((band + 0.5) / bands) * 180 - 90) - 90 / bands;
    return Math.max(1, Math.floor((360 * Math.cos(radians(Math.max(0, south)))) / (REACH * spacing)));
  });
  const starts = [0];
  for (const [band, count] of binsOf.entries()) starts.push((starts[band] ?? 0) + count);
  const bandOf = (latitude: number): number =>
    Math.min(bands - 1, Math.max(0, Math.floor(((latitude + 90) / 180) * bands)));
  const turnOf = (longitude: number): number => longitude / 360 - Math.floor(longitude / 360);
  const members: number[][] = [];
  for (let at = 0; at < places.longitude.length; at += 1) {
    if (!Number.isFinite(vectors[3 * at])) continue;
    const band = bandOf(places.latitude[at] ?? 0);
    const count = binsOf[band] ?? 1;
    const bin =
      (starts[band] ?? 0) + Math.min(count - 1, Math.floor(turnOf(places.longitude[at] ?? 0) * count));
    members[bin] ??= [];
    members[bin]?.push(at);
  }
  const farthest = (2 * Math.sin(radians(Math.min(180, REACH * spacing)) / 2)) ** 2;
  return {
    nearest(longitude, latitude) {
      const cosine = Math.cos(radians(latitude));
      const [x, y, z] = [
        cosine * Math.cos(radians(longitude)),
        cosine * Math.sin(radians(longitude)),
        Math.sin(radians(latitude)),
      ];
      let best = -1;
      let distance = farthest;
      const middle = bandOf(latitude);
      for (let band = Math.max(0, middle - 1); band <= Math.min(bands - 1, middle + 1); band += 1) {
        const count = binsOf[band] ?? 1;
        const turn = Math.floor(turnOf(longitude) * count);
        const reach = Math.min(count - 1, 2);
        for (let step = -(reach >> 1); step <= reach - (reach >> 1); step += 1) {
          for (const at of members[(starts[band] ?? 0) + ((turn + step + count) % count)] ?? []) {
            const far =
              ((vectors[3 * at] as number) - x) ** 2 +
              ((vectors[3 * at + 1] as number) - y) ** 2 +
              ((vectors[3 * at + 2] as number) - z) ** 2; // at is a place
            if (far < distance) {
              distance = far;
              best = at;
            }
          }
        }
      }
      return best;
    },
  };
}

/** Degrees between neighbours, from the area that the places take: a cap around their middle. */
function usualDistance(vectors: Float64Array): number {
  let count = 0;
  const sum = [0, 0, 0];
  for (let at = 0; at < vectors.length; at += 3) {
    if (!Number.isFinite(vectors[at])) continue;
    count += 1;
    for (let part = 0; part < 3; part += 1) sum[part] = (sum[part] ?? 0) + (vectors[at + part] ?? 0);
  }
  const length = Math.hypot(...sum);
  const middle = sum.map((part) => part / (length || 1));
  // the mean of the cosines to the middle tells how wide the cap is: (1 + cos r) / 2 for a full one
  const edge = Math.max(-1, Math.min(1, (2 * length) / Math.max(1, count) - 1));
  const area = Math.max(1e-9, 2 * Math.PI * (1 - (middle.length === 3 ? edge : -1)));
  return Math.max(0.003, degrees(Math.sqrt(area / Math.max(1, count))));
}
