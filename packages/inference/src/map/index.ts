export type { AxisTiling, Blend } from "./axis-tiling.ts";
export { type LaidModel, laidOnDataset } from "./laid-on-dataset.ts";
export { type MapDatasetOptions, mapDataset } from "./map-dataset.ts";
export { createMapSamples, type MapCounts, type MapSamples } from "./map-samples.ts";
export type { MapSamplesOptions } from "./map-samples-options.ts";
export { checkTiles, mapTiles, type TileOptions, tileModel } from "./map-tiles.ts";
