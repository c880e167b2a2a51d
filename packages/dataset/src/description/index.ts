export * from "./dataset-description.ts";
export { describeDataset } from "./describe-dataset.ts";
export { facetsOf } from "./facets.ts";
export { type Geometry, geometryOf, type Position } from "./geometry.ts";
export { type NumbersRead, type ReadNumbersOptions, readNumbers } from "./read-numbers.ts";
export { type BoundingBox, boundingBox } from "./spatial-extent.ts";
