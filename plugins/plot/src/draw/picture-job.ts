import type { Values } from "@zarr-gateway/dataset";
import type { DataRange } from "../colour/colour-scale.ts";
import type { Geometry } from "../field/geometry.ts";
import type { Packing } from "../field/packing.ts";
import type { PictureRequest } from "../request/picture-request.ts";
import type { Titles } from "./titles.ts";

/** Everything that a thread needs for a picture, or for several of one animation. Plain data. */
export interface PictureJob {
  /** As stored; frames one after the other. */
  readonly stored: Values;
  readonly packing: Packing;
  readonly geometry: Geometry;
  readonly request: PictureRequest;
  /** One a frame. */
  readonly titles: readonly Titles[];
  /** What is measured and its unit, beside the colours. */
  readonly valueLabel: string;
  /** Of all frames; absent: of the values here. */
  readonly range?: DataRange | undefined;
}

/** The values of one picture, decoded. */
export type Numbers = Float32Array | Float64Array;
