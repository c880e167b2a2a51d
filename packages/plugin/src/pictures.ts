import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { DescribedDataset } from "./descriptions.ts";
import type { Service } from "./plugin.ts";

/**
 * Pictures of datasets by URL. Tells what can be drawn from the description alone, without reading data: cheap enough for
 * every line of a list. The addresses are relative to `P/`, without a slash at the start, and escaped.
 */
export interface Pictures {
  /** A small picture without text, for lists; undefined where nothing in the dataset can be drawn. */
  thumbnail(described: DescribedDataset): string | undefined;
  /** The variable that stands for the dataset: the one its thumbnail shows. */
  mainVariable(described: DescribedDataset): string | undefined;
  /** The picture of a variable, `plot/forecast/tas.png`; undefined for what cannot be drawn: text, coordinates, scalars. */
  pictureOf(described: DescribedDataset, variable: string): string | undefined;
  /** The page with the picture of a variable and what can be changed about it. */
  pageOf(described: DescribedDataset, variable: string): string | undefined;
  /** Colours of a map at even distances, `rrggbb` parted by spaces; undefined for a name that nobody knows. */
  colours(name: string): string | undefined;
}

/** Provided by the built-in plugin `plot`. Others ask for it only where the plugin is loaded. */
export const PicturesService: Service<Pictures> = { id: "pictures" };

/** What is to be drawn, as the address `P/plot/{variable}.png?{query}` says it. */
export interface WantedPicture {
  /** Path of the variable. */
  readonly variable: string;
  /** `cmap=magma&width=600`; nothing unless told. */
  readonly query?: string | undefined;
}

/** Draws pictures for who needs their bytes, as those that are answered by URL. */
export interface PictureDrawing {
  /** A PNG file. @throws GatewayError invalid_request for a query that is none, not_found for an unknown variable */
  png(dataset: Dataset, picture: WantedPicture, options?: CallOptions): Promise<Uint8Array>;
}

/** Provided by the built-in plugin `plot`. */
export const PictureDrawingService: Service<PictureDrawing> = { id: "pictures.drawing" };
