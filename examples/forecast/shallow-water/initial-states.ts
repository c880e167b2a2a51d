import type { GaussianGrid } from "./gaussian-grid.ts";
import { EARTH } from "./shallow-water.ts";

const { radius, rotation, gravity } = EARTH;

/** u and v in m s-1 and height in m, each [lat, lon] in C order. */
export interface InitialState {
  readonly u: Float32Array;
  readonly v: Float32Array;
  readonly h: Float32Array;
}

/** A balanced jet in the middle latitudes of one hemisphere, and a bump in the height field that upsets it. */
export interface Jet {
  readonly hemisphere: "north" | "south";
  /** Where the bump is, in degrees east. */
  readonly bumpLongitude: number;
}

const SPEED = 80; // m s-1
const SOUTH = Math.PI / 7;
const NORTH = Math.PI / 2 - SOUTH;
const DEPTH = 1e4; // m, the mean over the globe
const BUMP = 120; // m

/**
 * Jets of Galewsky, Scott and Polvani (2004) which become waves and vortices within six days; in the northern hemisphere
 * with the bump at 0° east it is their test case.
 * @see https://doi.org/10.3402/tellusa.v56i5.14436
 */
export function jetState(grid: GaussianGrid, jets: readonly Jet[]): InitialState {
  const size = grid.sines.length * grid.longitudes.length;
  const state = { u: new Float32Array(size), v: new Float32Array(size), h: new Float32Array(size) };
  const drops = balancedDrops();
  for (const [row, latitude] of grid.latitudes.entries()) {
    for (const [column, longitude] of grid.longitudes.entries()) {
      const at = row * grid.longitudes.length + column;
      let [wind, height] = [0, DEPTH];
      for (const { hemisphere, bumpLongitude } of jets) {
        const angle = (latitude * Math.PI) / (hemisphere === "north" ? 180 : -180);
        wind += zonalWind(angle);
        height += drops.mean - drops.at(angle) + bump(angle, longitude - bumpLongitude);
      }
      state.u[at] = wind;
      state.h[at] = height;
    }
  }
  return state;
}

/** @param latitude in radians, towards the pole of the jet's hemisphere */
function zonalWind(latitude: number): number {
  if (latitude <= SOUTH || latitude >= NORTH) return 0;
  return SPEED * Math.exp(1 / ((latitude - SOUTH) * (latitude - NORTH)) + 4 / (NORTH - SOUTH) ** 2);
}

function bump(latitude: number, degreesEast: number): number {
  const east = ((((degreesEast + 180) % 360) + 360) % 360) - 180;
  const angle = (east * Math.PI) / 180;
  return (
    BUMP *
    Math.cos(latitude) *
    Math.exp(-((3 * angle) ** 2)) *
    Math.exp(-((15 * (Math.PI / 4 - latitude)) ** 2))
  );
}

/** By how much the surface lies lower north of the equatorward flank, in balance with the jet; trapezoidal rule. */
function balancedDrops(): { readonly mean: number; at(latitude: number): number } {
  const count = 20_000;
  const width = (NORTH - SOUTH) / count;
  const drops = new Float64Array(count + 1);
  for (let i = 1; i <= count; i++)
    drops[i] = drops[i - 1]! + (width / 2) * (slope(SOUTH + (i - 1) * width) + slope(SOUTH + i * width));
  const deepest = drops[count]!;
  let mean = (deepest * (1 - Math.sin(NORTH))) / 2;
  for (let i = 1; i <= count; i++) mean += (width / 2) * drops[i]! * Math.cos(SOUTH + i * width);
  return {
    mean,
    at(latitude) {
      const position = (latitude - SOUTH) / width;
      if (position <= 0) return 0;
      if (position >= count) return deepest;
      const below = Math.floor(position);
      return drops[below]! + (position - below) * (drops[below + 1]! - drops[below]!);
    },
  };
}

function slope(latitude: number): number {
  const wind = zonalWind(latitude);
  const turning = 2 * rotation * Math.sin(latitude) + (Math.tan(latitude) * wind) / radius;
  return (radius * wind * turning) / gravity;
}
