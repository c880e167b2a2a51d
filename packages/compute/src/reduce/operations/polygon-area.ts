const DEGREE = Math.PI / 180;

/**
 * Areas on the unit sphere within corners in degrees, `count` of them a cell in either order round it; edges are straight
 * in longitude and the sine of latitude. Corners that repeat the last one add nothing.
 */
export function polygonAreas(
  latitudes: ArrayLike<number>,
  longitudes: ArrayLike<number>,
  count: number,
): Float64Array {
  const areas = new Float64Array(latitudes.length / count);
  for (let cell = 0; cell < areas.length; cell += 1) {
    let area = 0;
    for (let corner = 0; corner < count; corner += 1) {
      const [from, to] = [cell * count + corner, cell * count + ((corner + 1) % count)];
      const east = wrapped((longitudes[to] ?? 0) - (longitudes[from] ?? 0));
      area += east * DEGREE * (sine(latitudes[from]) + sine(latitudes[to])) * 0.5;
    }
    areas[cell] = Math.abs(area);
  }
  return areas;
}

function sine(degrees: number | undefined): number {
  return Math.sin((degrees ?? 0) * DEGREE);
}

/** The short way round. */
function wrapped(degrees: number): number {
  return degrees - 360 * Math.round(degrees / 360);
}
