/** A pair of numbers that functions write into: one object for millions of calls. */
export type Point = [x: number, y: number];

/** A rectangle of the plane; y grows upwards. */
export interface Rectangle {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** From places on Earth, in degrees, to a plane and back. */
export interface MapProjection {
  readonly name: string;
  /** Equal for projections that put every place on the same point. */
  readonly id: string;
  /** False where the place is not on the map. */
  forward(longitude: number, latitude: number, to: Point): boolean;
  /** False where the point of the plane is no place. */
  inverse(x: number, y: number, to: Point): boolean;
  /** All of the map; undefined where it has no end. */
  readonly bounds?: Rectangle;
  /**
   * Set where neighbours on Earth may lie at opposite ends: the meridian along which the map is cut, in degrees.
   */
  readonly cutMeridian?: number;
  /** x depends on the longitude alone and y on the latitude alone. */
  readonly isSeparable?: true;
  /** y depends on the latitude alone, and x is proportional to the longitude along each row. */
  readonly isRowwise?: true;
  /** Degrees east, from which longitudes count. */
  readonly centralLongitude: number;
  /** The edge of the map, where it is no rectangle. */
  readonly outline?: readonly Point[];
  /** Degrees are what axes are labelled with. */
  readonly hasDegrees?: true;
}

const DEGREE = Math.PI / 180;

/** −180 up to, but without, 180. */
export function turned(longitude: number): number {
  return longitude - 360 * Math.floor((longitude + 180) / 360);
}

export function radians(degrees: number): number {
  return degrees * DEGREE;
}

export function degrees(angle: number): number {
  return angle / DEGREE;
}
