import type { Attributes } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import { attributesAt } from "./array-metadata.ts";
import { integerOf, isObject, type JsonObject, malformed, objectAt } from "./json-field.ts";

/** What the documents of one group say, and the documents of its descendants where they are consolidated. */
export interface GroupMetadata {
  readonly attrs: Attributes;
  /** v3: path below the group → its `zarr.json`. v2: path with document name, `a/tas/.zarray` → that document. */
  readonly consolidated: ReadonlyMap<string, JsonValue> | undefined;
}

/** The `zarr.json` of a group. @throws GatewayError upstream when it is none */
export function parseGroupV3(json: JsonValue): GroupMetadata {
  const document = objectAt(json, "zarr.json");
  if (integerOf(document["zarr_format"]) !== 3) throw malformed("zarr_format", "3", document["zarr_format"]);
  if (document["node_type"] !== "group") throw malformed("node_type", '"group"', document["node_type"]);
  const consolidated = document["consolidated_metadata"];
  const members =
    isObject(consolidated) && consolidated["kind"] === "inline" ? consolidated["metadata"] : undefined;
  return {
    attrs: attributesAt(document["attributes"]),
    consolidated: isObject(members) ? new Map(Object.entries(members)) : undefined,
  };
}

/** The `.zmetadata` of a store. @throws GatewayError upstream when it is none */
export function parseConsolidatedV2(json: JsonValue): ReadonlyMap<string, JsonValue> {
  const document = objectAt(json, ".zmetadata");
  if (integerOf(document["zarr_consolidated_format"]) !== 1) {
    throw malformed("zarr_consolidated_format", "1", document["zarr_consolidated_format"]);
  }
  return new Map(Object.entries(objectAt(document["metadata"], "metadata")));
}

/** The `zarr.json` of a group; with members, their documents by path below it, it is consolidated. */
export function formatGroupV3(attrs: Attributes, members?: ReadonlyMap<string, JsonObject>): JsonObject {
  return {
    zarr_format: 3n,
    node_type: "group",
    attributes: attrs,
    ...(members && {
      consolidated_metadata: {
        kind: "inline",
        must_understand: false,
        metadata: Object.fromEntries(members),
      },
    }),
  };
}

/**
 * A group among the members of another. All its descendants stand beside it under their whole path; the empty block
 * is what zarr-python writes, and without it looks for the group's documents in the store.
 */
export function formatMemberGroupV3(attrs: Attributes): JsonObject {
  return formatGroupV3(attrs, new Map());
}

export const GROUP_V2: JsonObject = { zarr_format: 2n };

/** The `.zmetadata` of a group, from its documents by path below it: `.zgroup`, `tas/.zarray`, … */
export function formatConsolidatedV2(documents: ReadonlyMap<string, JsonObject>): JsonObject {
  return { zarr_consolidated_format: 1n, metadata: Object.fromEntries(documents) };
}
