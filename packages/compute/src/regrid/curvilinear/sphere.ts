/** Points on the unit sphere, three numbers each; NaN where a coordinate is missing. */
export type SpherePoints = Float64Array;

const RADIANS = Math.PI / 180;

export function spherePoints(latitudes: ArrayLike<number>, longitudes: ArrayLike<number>): SpherePoints {
  const points = new Float64Array(3 * latitudes.length);
  for (let at = 0; at < latitudes.length; at += 1) {
    const [latitude, longitude] = [latitudes[at] ?? Number.NaN, longitudes[at] ?? Number.NaN];
    if (!(Math.abs(latitude) <= 90.001) || !(Math.abs(longitude) <= 1000)) {
      points.fill(Number.NaN, 3 * at, 3 * at + 3);
      continue;
    }
    const [cosine, turn] = [Math.cos(latitude * RADIANS), longitude * RADIANS];
    points[3 * at] = cosine * Math.cos(turn);
    points[3 * at + 1] = cosine * Math.sin(turn);
    points[3 * at + 2] = Math.sin(latitude * RADIANS);
  }
  return points;
}

/** Length of the chord between two points. */
export function chord(points: SpherePoints, a: number, b: number): number {
  return Math.hypot(
    (points[3 * a] ?? 0) - (points[3 * b] ?? 0),
    (points[3 * a + 1] ?? 0) - (points[3 * b + 1] ?? 0),
    (points[3 * a + 2] ?? 0) - (points[3 * b + 2] ?? 0),
  );
}

export function isKnown(points: SpherePoints, at: number): boolean {
  return !Number.isNaN(points[3 * at]);
}
