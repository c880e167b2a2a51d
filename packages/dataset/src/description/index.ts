export * from "./dataset-description.ts";
export { describeDataset } from "./describe-dataset.ts";
export type { BoundingBox } from "./spatial-extent.ts";
