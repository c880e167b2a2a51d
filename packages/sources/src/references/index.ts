export type { TargetOptions } from "../open-targets.ts";
export { openJsonReferences } from "./json/json-references.ts";
export { REFERENCE_LIMITS, type ReferenceLimits } from "./limits.ts";
export { looksLikeReferences, REFERENCES_HEAD_BYTES } from "./looks-like-references.ts";
export { type OpenReferencesOptions, openReferences } from "./open-references.ts";
export { openParquetReferences } from "./parquet/parquet-references.ts";
export type { Reference, ReferenceSet } from "./reference.ts";
export { type ReferencesOpenerOptions, referencesLocation, referencesOpener } from "./references-opener.ts";
export type { WriteReferencesOptions } from "./write/plan-references.ts";
export { absoluteTarget, type FormatTarget, publicTarget, relativeTarget } from "./write/target-text.ts";
export {
  type WriteJsonOptions,
  type WrittenJson,
  writeReferencesJson,
} from "./write/write-references-json.ts";
export {
  type WriteParquetOptions,
  type WrittenParquet,
  writeReferencesParquet,
} from "./write/write-references-parquet.ts";
