import type { ArrayEncoding, Attributes } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import type { ChunkKeyEncoding } from "./chunk-key.ts";
import { isObject, malformed } from "./json-field.ts";

/** What the documents of one array say. */
export interface ArrayDescription {
  readonly encoding: ArrayEncoding;
  /** One name a dimension; null where the array gives none. */
  readonly dims: readonly (string | null)[];
  readonly attrs: Attributes;
}

export interface ArrayMetadata extends ArrayDescription {
  readonly chunkKeys: ChunkKeyEncoding;
}

export function attributesAt(value: JsonValue | undefined): Attributes {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw malformed("attributes", "an object", value);
  return value;
}
