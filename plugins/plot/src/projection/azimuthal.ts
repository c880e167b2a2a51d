import type { GeoRawProjection } from "d3-geo";
import { degrees, type MapProjection, type Point, radians } from "./map-projection.ts";

export interface AzimuthalFormula {
  readonly name: string;
  readonly raw: GeoRawProjection;
  /** Places farther from the middle are not on the map; degrees. */
  readonly reach: number;
  /** Set for maps that show a circle and nothing around it. */
  readonly isRound: boolean;
}

export interface Middle {
  readonly longitude: number;
  readonly latitude: number;
}

/** Maps around a point: the sphere is turned until that point is in front. */
export function azimuthal({ name, raw, reach, isRound }: AzimuthalFormula, middle: Middle): MapProjection {
  const sine = Math.sin(radians(middle.latitude));
  const cosine = Math.cos(radians(middle.latitude));
  const edge = Math.hypot(...raw(radians(Math.min(reach, 179)), 0));
  const nearest = Math.cos(radians(reach)) - 1e-12;
  return {
    name,
    id: `${name} ${middle.longitude} ${middle.latitude} ${reach}`,
    centralLongitude: middle.longitude,
    bounds: { x0: -edge, y0: -edge, x1: edge, y1: edge },
    ...(isRound && { outline: circle(edge) }),
    forward(longitude, latitude, to) {
      const lambda = radians(longitude - middle.longitude);
      const phi = radians(latitude);
      const front = Math.cos(phi) * Math.cos(lambda);
      const right = Math.cos(phi) * Math.sin(lambda);
      const up = Math.sin(phi);
      const depth = front * cosine + up * sine;
      if (depth < nearest) return false;
      const height = Math.max(-1, Math.min(1, up * cosine - front * sine));
      const [x, y] = raw(Math.atan2(right, depth), Math.asin(height));
      to[0] = x;
      to[1] = y;
      return true;
    },
    inverse(x, y, to) {
      if (x * x + y * y > edge * edge) return false;
      const [lambda = 0, phi = 0] = raw.invert?.(x, y) ?? [];
      const front = Math.cos(phi) * Math.cos(lambda);
      const right = Math.cos(phi) * Math.sin(lambda);
      const up = Math.sin(phi);
      const depth = front * cosine - up * sine;
      to[0] = middle.longitude + degrees(Math.atan2(right, depth));
      to[1] = degrees(Math.asin(Math.max(-1, Math.min(1, up * cosine + front * sine))));
      return true;
    },
  };
}

function circle(radius: number): Point[] {
  return Array.from({ length: 361 }, (_, at): Point => {
    const angle = radians(at);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
