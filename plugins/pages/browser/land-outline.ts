/** TopoJSON as the package `world-atlas` has it: arcs of quantised steps, and polygons made of them. */
export interface LandTopology {
  readonly arcs: readonly (readonly (readonly [number, number])[])[];
  readonly transform: {
    readonly scale: readonly [number, number];
    readonly translate: readonly [number, number];
  };
  readonly objects: {
    readonly land: {
      readonly geometries: readonly { readonly arcs: readonly (readonly (readonly number[])[])[] }[];
    };
  };
}

export interface OutlineOptions {
  /** Units of the path per degree; points that fall together become one. */
  readonly unitsPerDegree: number;
  /** Degrees: land that is smaller in both directions is left out. */
  readonly minSize: number;
}

type Point = readonly [longitude: number, latitude: number];

/**
 * The outline of all land as the data of an SVG path. (0, 0) is 180° W 90° N, and y grows to the south. Rings that cross
 * the antimeridian are drawn on both sides of it: what lies beyond 0…360° has to be cut off by who draws.
 */
export function landPath(topology: LandTopology, options: OutlineOptions): string {
  const rings = topology.objects.land.geometries.flatMap(({ arcs }) => arcs.flat());
  return rings
    .map((ring) => unwrapped(ring.flatMap((arc) => pointsOf(topology, arc))))
    .filter((ring) => Math.max(extentOf(ring, 0).size, extentOf(ring, 1).size) >= options.minSize)
    .flatMap(onBothSides)
    .map((ring) => ringPath(ring, options.unitsPerDegree))
    .join("");
}

/** A negative number is the arc of its complement, backwards (TopoJSON §2.1.4). */
function pointsOf({ arcs, transform }: LandTopology, arc: number): Point[] {
  let x = 0;
  let y = 0;
  const points = (arcs[arc < 0 ? ~arc : arc] ?? []).map(([dx, dy]): Point => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
  return arc < 0 ? points.reverse() : points;
}

/** Without jumps at the antimeridian; a ring around a pole is closed along its edge of the map. */
function unwrapped(ring: readonly Point[]): Point[] {
  let turn = 0;
  let last: number | undefined;
  const points = ring.map(([longitude, latitude]): Point => {
    if (last !== undefined && longitude - last > 180) turn -= 360;
    if (last !== undefined && longitude - last < -180) turn += 360;
    last = longitude;
    return [longitude + turn, latitude];
  });
  const [first, end] = [points[0], points.at(-1)];
  if (first === undefined || end === undefined || Math.abs(end[0] - first[0]) < 180) return points;
  const pole = first[1] < 0 ? -90 : 90;
  return [...points, [end[0], pole], [first[0], pole]];
}

function onBothSides(ring: readonly Point[]): (readonly Point[])[] {
  const { min, max } = extentOf(ring, 0);
  const shifts = [0, ...(max > 180 ? [-360] : []), ...(min < -180 ? [360] : [])];
  return shifts.map((shift) => ring.map(([longitude, latitude]): Point => [longitude + shift, latitude]));
}

function extentOf(ring: readonly Point[], axis: 0 | 1): { min: number; max: number; size: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const point of ring) {
    min = Math.min(min, point[axis]);
    max = Math.max(max, point[axis]);
  }
  return { min, max, size: max - min };
}

function ringPath(ring: readonly Point[], unitsPerDegree: number): string {
  let [x, y] = [0, 0];
  let path = "";
  for (const [longitude, latitude] of ring) {
    const [toX, toY] = [
      Math.round((longitude + 180) * unitsPerDegree),
      Math.round((90 - latitude) * unitsPerDegree),
    ];
    if (path === "") path = `M${toX} ${toY}l`;
    else if (toX !== x || toY !== y) path += `${path.endsWith("l") ? "" : " "}${toX - x} ${toY - y}`;
    [x, y] = [toX, toY];
  }
  return path.endsWith("l") ? "" : `${path}z`;
}
