export type { AxisTiling, Blend } from "./axis-tiling.ts";
export { type LaidModel, laidOnDataset } from "./laid-on-dataset.ts";
export { type MapDatasetOptions, mapDataset } from "./map-dataset.ts";
export { createMapSamples, type MapCounts, type MapSamples, type MapSamplesOptions } from "./map-samples.ts";
export { checkTiles, mapTiles, type TileOptions, tileModel } from "./map-tiles.ts";
