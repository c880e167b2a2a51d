import { type CallOptions, GatewayError, type JsonValue } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import {
  assertNodeCount,
  assertNodePath,
  type HierarchyLimits,
  type ZarrArrayNode,
  type ZarrHierarchy,
} from "./hierarchy.ts";
import { type ListedNode, listHierarchy } from "./list-hierarchy.ts";
import {
  damaged,
  documentKey,
  isJsonObject,
  isVersion,
  type JsonObject,
  objectIn,
  readDocument,
  type ZarrDocument,
} from "./read-document.ts";

/** @param root the document `zarr.json` at the root */
export async function readHierarchyV3(
  store: ByteStore,
  root: ZarrDocument,
  limits: HierarchyLimits,
  options: CallOptions,
): Promise<ZarrHierarchy> {
  const node = parseNodeV3(root.value, root.key);
  if (node.kind === "array") {
    return { ...EMPTY, arrays: new Map([["", node.array]]), documents: [root] };
  }
  const consolidated = root.value["consolidated_metadata"];
  if (consolidated !== undefined && consolidated !== null) {
    return { ...readConsolidated(root, node.attrs, consolidated, limits), documents: [root] };
  }
  const read = async (path: string): Promise<ListedNode | undefined> => {
    const document = await readDocument(store, documentKey(path, "zarr.json"), options);
    return document && { ...parseNodeV3(document.value, document.key), documents: [document] };
  };
  const listed = await listHierarchy(store, { attrs: node.attrs, read, limits }, options);
  return { zarrFormat: 3, ...listed, documents: [root, ...listed.documents], absent: [] };
}

const EMPTY = { zarrFormat: 3, groups: new Map(), arrays: new Map(), absent: [], listed: new Map() } as const;

/** Zarr v3, inline consolidated metadata: one map of path to document for all that lies below. */
function readConsolidated(
  root: ZarrDocument,
  rootAttrs: JsonObject,
  block: JsonValue,
  limits: HierarchyLimits,
): Omit<ZarrHierarchy, "documents"> {
  const { key } = root;
  if (!isJsonObject(block)) throw damaged(key, `"consolidated_metadata" is not an object`);
  if (block["kind"] !== undefined && block["kind"] !== "inline") {
    throw damaged(key, `consolidated metadata of another kind than "inline"`);
  }
  if (!isJsonObject(block["metadata"]))
    throw damaged(key, `"consolidated_metadata.metadata" is not an object`);
  const entries = Object.entries(block["metadata"]);
  assertNodeCount(entries.length, limits);
  const groups = new Map<string, JsonObject>([["", rootAttrs]]);
  const arrays = new Map<string, ZarrArrayNode>();
  for (const [path, document] of entries) {
    assertNodePath(path, key, limits);
    const place = `${key}", consolidated "${path}`;
    if (!isJsonObject(document)) throw damaged(place, "it is not an object");
    const node = parseNodeV3(document, place);
    if (node.kind === "array") arrays.set(path, node.array);
    else groups.set(path, node.attrs);
  }
  return { ...EMPTY, groups, arrays };
}

/** What a document `zarr.json` describes. */
export type ZarrNode =
  | { readonly kind: "array"; readonly array: ZarrArrayNode }
  | { readonly kind: "group"; readonly attrs: JsonObject };

/** @throws GatewayError upstream where it is neither array nor group, unsupported where it is of another version */
export function parseNodeV3(document: JsonObject, key: string): ZarrNode {
  const version = document["zarr_format"];
  if (!isVersion(version, 3)) {
    if (typeof version !== "bigint") throw damaged(key, `"zarr_format" is not 3`);
    throw new GatewayError(
      "unsupported",
      `"${key}" is Zarr of version ${version}, versions 2 and 3 are known`,
      { key },
    );
  }
  const attrs = objectIn(document, "attributes", key);
  switch (document["node_type"]) {
    case "array":
      return { kind: "array", array: { key, document, attrs } };
    case "group":
      return { kind: "group", attrs };
    default:
      throw damaged(key, `"node_type" is neither "array" nor "group"`);
  }
}
