export type { ArrayDescription, ArrayMetadata } from "./array-metadata.ts";
export { canFormatV2, formatArrayV2, needsFiltersV2, parseArrayV2, readersOfV2 } from "./array-v2.ts";
export { canFormatV3, canPassV3, formatArrayV3, parseArrayV3 } from "./array-v3.ts";
export { type ChunkKeyEncoding, formatChunkKey } from "./chunk-key.ts";
export { type FillPlanV2, fillOfAttribute, planFillV2 } from "./fill-attribute.ts";
export { defaultFillValue, isSameFill } from "./fill-value.ts";
export {
  formatConsolidatedV2,
  formatGroupV3,
  formatMemberGroupV3,
  GROUP_V2,
  type GroupMetadata,
  parseConsolidatedV2,
  parseGroupV3,
} from "./group.ts";
export { type DescribeVariable, documentsV2, membersV3 } from "./hierarchy.ts";
export type { JsonObject } from "./json-field.ts";
export { chunkIndexOf, type DocumentName, parseZarrKey, type ZarrFormat, type ZarrKey } from "./zarr-key.ts";
