export { rechunkedDataset } from "./dataset/rechunked-dataset.ts";
export { renamed } from "./dataset/renamed.ts";
export { selectedVariables, withoutVariables } from "./dataset/selected-variables.ts";
export { subtree } from "./dataset/subtree.ts";
export { withAttributes } from "./dataset/with-attributes.ts";
export { type RechunkOptions, rechunked } from "./rechunked.ts";
