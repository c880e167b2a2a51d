import type { TimeCoding } from "@zarr-gateway/dataset";
import type { GridPlane } from "../projection/grid-mapping.ts";

/** One axis of a picture that is no map. Plain data. */
export interface PlaneAxis {
  readonly values: Float64Array;
  /** What it is, for people: `latitude`. */
  readonly label: string;
  readonly unit?: string;
  /** Set where the values are times. */
  readonly coding?: TimeCoding;
  /** True where large values belong at the lower end: pressure, depth. */
  readonly isDownward?: true;
  /** True where the values are degrees north, east. */
  readonly degrees?: "north" | "east";
}

/** Corners of cells, `count` a cell, in degrees. */
export interface Corners {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  readonly count: number;
}

/** Where the values of a field lie; numbers in the order of the values. Plain data: it travels to another thread. */
export type Geometry =
  /** Columns along x and rows along y of a plane. */
  | {
      readonly kind: "axes";
      readonly x: Float64Array;
      readonly y: Float64Array;
      readonly plane: GridPlane;
      readonly xLabel: string;
      readonly yLabel: string;
    }
  | {
      readonly kind: "curvilinear";
      readonly columns: number;
      readonly longitude: Float64Array;
      readonly latitude: Float64Array;
      readonly corners?: Corners;
    }
  | {
      readonly kind: "cells";
      readonly longitude: Float64Array;
      readonly latitude: Float64Array;
      readonly corners?: Corners;
      /** Set for places that have no extent: stations. */
      readonly isPoints: boolean;
    }
  | { readonly kind: "plane"; readonly x: PlaneAxis; readonly y: PlaneAxis }
  | { readonly kind: "line"; readonly x: PlaneAxis };
