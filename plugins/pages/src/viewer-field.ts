/** What the viewer in the browser has to know of one variable; the rest it reads from the Zarr endpoint. */
export interface ViewerField {
  /** Path of the array below the store's root. */
  readonly path: string;
  /** The path for people, and what stands for it in words. */
  readonly name: string;
  readonly label?: string;
  readonly unit?: string;
  readonly geometry: ViewerGeometry;
  /** In the order of the array. */
  readonly dims: readonly ViewerDimension[];
  readonly packing: Packing;
  /** Bytes of the chunks that one picture needs, before compression. */
  readonly bytes: number;
  /** The first picture may have to be made by a model: it is drawn when somebody asks for it. */
  readonly mayRun?: true;
}

export type ViewerGeometry =
  /** Two axes; degrees where `isGlobe`. */
  | { readonly kind: "axes"; readonly x: string; readonly y: string; readonly isGlobe: boolean }
  /** Two-dimensional longitudes and latitudes along the dimensions `x` and `y`. */
  | {
      readonly kind: "curvilinear";
      readonly longitude: string;
      readonly latitude: string;
      readonly isRadians: boolean;
    }
  /** Longitudes and latitudes along the dimension of role `cell`. */
  | {
      readonly kind: "points";
      readonly longitude: string;
      readonly latitude: string;
      readonly isRadians: boolean;
    }
  /** Nothing says where the values are: they are shown by their numbers. */
  | { readonly kind: "index" }
  /** One dimension: a line. `x` is its coordinate, where there is one. */
  | { readonly kind: "line" };

export interface ViewerDimension {
  readonly name: string;
  readonly size: number;
  readonly role: "x" | "y" | "cell" | "choice";
  readonly coordinate?: ViewerCoordinate;
}

export interface ViewerCoordinate {
  readonly path: string;
  readonly kind: "number" | "time" | "text";
  readonly unit?: string;
  readonly calendar?: string;
  readonly packing: Packing;
}

/** How stored numbers are values: CF §8.1 and §2.5.1. */
export interface Packing {
  readonly scale?: number;
  readonly offset?: number;
  /** Stored numbers that stand for nothing. */
  readonly missing?: readonly number[];
  /** Stored as signed, meant as unsigned: 2⁸, 2¹⁶ or 2³² to be added to what is negative. */
  readonly turn?: number;
}

/** In the page, for the script. */
export interface ViewerSetup {
  /** From the page to the Zarr store, with a slash at the end. */
  readonly store: string;
  /** From the page to the outline of land, in detail and for the whole globe. */
  readonly coast: string;
  readonly world: string;
  readonly fields: readonly ViewerField[];
  /** West, south, east, north in degrees; west is greater than east across the antimeridian. */
  readonly bbox?: readonly [number, number, number, number];
  /** Colours to begin with, which need not be one of the viewer's own: `rrggbb`, parted by spaces. */
  readonly colours?: { readonly name: string; readonly stops: string };
  /** Name of the dimension that moves by itself, at a speed that one chooses; the first one where it has one entry. */
  readonly plays?: string;
}
