export * from "./attributes.ts";
export * from "./chunk-grid.ts";
export * from "./chunk-source.ts";
export * from "./coordinates.ts";
export * from "./data-type.ts";
export * from "./dataset.ts";
export * from "./tree.ts";
export * from "./values.ts";
