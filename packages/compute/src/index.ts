export { concatenated } from "./concatenated.ts";
export type { ConcatenationParts } from "./concatenation-parts.ts";
export { type ConstantValues, constantSource } from "./constant-source.ts";
export { type DatasetEncoding, encodedDataset } from "./dataset/encoded-dataset.ts";
export { renamed } from "./dataset/renamed.ts";
export { selectedVariables, withoutVariables } from "./dataset/selected-variables.ts";
export { subtree } from "./dataset/subtree.ts";
export type { EncodeOptions, Lengths, VariableEncoding } from "./dataset/variable-encoding.ts";
export { withAttributes } from "./dataset/with-attributes.ts";
export { decodeValues } from "./decoded/decode-values.ts";
export { type DecodeOptions, decodedVariable } from "./decoded/decoded-variable.ts";
export { toNumbers } from "./decoded/number-values.ts";
export { type ValueCoding, valueCodingOf } from "./decoded/value-coding.ts";
export type { KeptIn } from "./kept-chunks.ts";
export { PartSeries } from "./part-series.ts";
export { type RechunkOptions, rechunked } from "./rechunked.ts";
export { type RoundOptions, rounded } from "./rounded.ts";
export { stacked } from "./stacked.ts";
export { type Conversion, conversionBetween, parseUnit } from "./units/conversion.ts";
export {
  type CoordinateLabels,
  coordinateLabels,
  type InstantLabels,
  instantCoding,
  instantLabels,
} from "./view/coordinate-labels.ts";
export { OPERATIONS } from "./view/operations.ts";
export { parseView, type View, type ViewStep } from "./view/parse-view.ts";
export { isResultKept, resultBytes } from "./view/served-variables.ts";
export { resultKeyOf, type ViewServices, viewOf } from "./view/view-of.ts";
export type { ViewContext, ViewOperation } from "./view/view-operation.ts";
export {
  areAtHand,
  type EstimatedSource,
  estimateOf,
  type MadeChunk,
  type WorkEstimate,
} from "./view/work-estimate.ts";
