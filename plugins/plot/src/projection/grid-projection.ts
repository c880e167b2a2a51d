import type { RotatedPole } from "@zarr-gateway/dataset";
import { GatewayError, messageOf } from "@zarr-gateway/primitives";
import proj4 from "proj4";
import type { GridPlane } from "./grid-mapping.ts";
import { degrees, type MapProjection, radians, turned } from "./map-projection.ts";

/**
 * From places to the plane of a grid and back: also the map of its own on which the grid's axes are straight.
 * @param middle of the axis of rotated longitudes, which may count from 0 to 360 or from −180 to 180
 * @throws GatewayError unsupported for definitions that PROJ's formulas here do not have
 */
export function gridProjection(plane: GridPlane, middle = 0): MapProjection {
  switch (plane.kind) {
    case "geographic":
      return degreesAsTheyAre();
    case "rotated":
      return rotated(plane.pole, middle);
    case "proj":
      return projected(plane.definition, plane.unit);
    default:
      return plane satisfies never;
  }
}

function degreesAsTheyAre(): MapProjection {
  return {
    name: "native",
    id: "degrees",
    centralLongitude: 0,
    forward(longitude, latitude, to) {
      to[0] = longitude;
      to[1] = latitude;
      return true;
    },
    inverse(x, y, to) {
      to[0] = x;
      to[1] = y;
      return true;
    },
  };
}

function rotated(
  { poleLongitude, poleLatitude, northPoleGridLongitude }: RotatedPole,
  middle: number,
): MapProjection {
  const sine = Math.sin(radians(poleLatitude));
  const cosine = Math.cos(radians(poleLatitude));
  return {
    name: "native",
    id: `rotated ${poleLongitude} ${poleLatitude} ${northPoleGridLongitude} ${middle}`,
    centralLongitude: 0,
    forward(longitude, latitude, to) {
      const lambda = radians(longitude - poleLongitude);
      const phi = radians(latitude);
      const up = sine * Math.sin(phi) + cosine * Math.cos(phi) * Math.cos(lambda);
      const east = -Math.cos(phi) * Math.sin(lambda);
      const north = cosine * Math.sin(phi) - sine * Math.cos(phi) * Math.cos(lambda);
      to[0] = middle + turned(degrees(Math.atan2(east, north)) + northPoleGridLongitude - middle);
      to[1] = degrees(Math.asin(Math.max(-1, Math.min(1, up))));
      return true;
    },
    inverse(x, y, to) {
      const lambda = radians(x - northPoleGridLongitude);
      const phi = radians(y);
      const up = sine * Math.sin(phi) + cosine * Math.cos(phi) * Math.cos(lambda);
      const east = -Math.cos(phi) * Math.sin(lambda);
      const north = cosine * Math.sin(phi) - sine * Math.cos(phi) * Math.cos(lambda);
      to[0] = turned(poleLongitude + degrees(Math.atan2(east, north)));
      to[1] = degrees(Math.asin(Math.max(-1, Math.min(1, up))));
      return true;
    },
  };
}

function projected(definition: string, unit: number): MapProjection {
  const converter = converterOf(definition);
  const write = (pair: readonly number[], factor: number, to: [number, number]): boolean => {
    to[0] = (pair[0] ?? Number.NaN) * factor;
    to[1] = (pair[1] ?? Number.NaN) * factor;
    return Number.isFinite(to[0]) && Number.isFinite(to[1]);
  };
  return {
    name: "native",
    id: `${definition} ${unit}`,
    centralLongitude: 0,
    forward(longitude, latitude, to) {
      if (Math.abs(latitude) > 90) return false;
      return write(converter.forward([turned(longitude), latitude]), 1 / unit, to);
    },
    inverse: (x, y, to) => write(converter.inverse([x * unit, y * unit]), 1, to),
  };
}

function converterOf(definition: string): proj4.Converter {
  try {
    return proj4(definition);
  } catch (error) {
    throw new GatewayError(
      "unsupported",
      `the grid mapping is not known here: ${messageOf(error)}`,
      {},
      error,
    );
  }
}
