import type { ScaleWish } from "../colour/colour-scale.ts";
import type { ProjectionName } from "../projection/projections.ts";

export const FORMATS = ["png", "svg", "webp", "gif", "json", "npy"] as const;
export type PictureFormat = (typeof FORMATS)[number];

export const KINDS = ["map", "section", "hovmoller", "line", "image"] as const;
export type PictureKind = (typeof KINDS)[number];

/** West, south, east, north; west is greater than east across the antimeridian. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** What stands on the picture beside the field. */
export interface Parts {
  /** White behind everything, and grey where nothing lies; else both are transparent. */
  readonly paper: boolean;
  readonly title: string | boolean;
  readonly colorbar: boolean;
  readonly ticks: boolean;
  readonly coastlines: boolean;
  readonly borders: boolean;
  readonly graticule: boolean;
}

export interface PictureSize {
  readonly width: number;
  /** Absent: as high as what is drawn. */
  readonly height?: number;
  /** 100 is the usual size of letters and lines. */
  readonly dpi: number;
}

export interface Animation {
  /** Name of a dimension, or `time`. */
  readonly dimension?: string;
  /** Frames at most. */
  readonly frames: number;
  readonly framesPerSecond: number;
}

/** One picture, as asked, checked as far as that is possible without the data. Plain data. */
export interface PictureRequest {
  readonly format: PictureFormat;
  readonly kind?: PictureKind;
  /** Dimension (or `time`, `level`) → label. */
  readonly labels: Readonly<Record<string, string>>;
  /** Dimension → position, or range `a:b:step` of the animated one. */
  readonly positions: Readonly<Record<string, string>>;
  readonly isNearest: boolean;
  /** Dimensions of a section's axes. */
  readonly x?: string;
  readonly y?: string;
  readonly bbox?: Box;
  readonly projection: ProjectionName;
  readonly centralLongitude?: number;
  readonly centralLatitude?: number;
  readonly scale: ScaleWish;
  /** Lines of equal value: how many, or at which values. */
  readonly contours?: number | readonly number[];
  readonly size: PictureSize;
  readonly parts: Parts;
  /** Absent: one picture. */
  readonly animation?: Animation;
}
