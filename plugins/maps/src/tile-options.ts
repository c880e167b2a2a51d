import type { TileOptions } from "@zarr-gateway/inference";
import type { MapOptions } from "./options.ts";

/** Lengths are what is neither overlap nor blend; without any a sample is one tile. */
export function tileOptions(tile: MapOptions["tile"]): TileOptions {
  const { overlap = 0, blend = "linear", ...lengths } = tile ?? {};
  return { lengths, overlap, blend };
}
