import { GatewayError } from "@zarr-gateway/primitives";
import {
  assertNodeCount,
  assertNodePath,
  type HierarchyLimits,
  type ZarrArrayNode,
  type ZarrHierarchy,
} from "../zarr/hierarchy.ts";
import { parseNodeV3 } from "../zarr/hierarchy-v3.ts";
import { damaged, documentKey, isJsonObject, type JsonObject, objectIn } from "../zarr/read-document.ts";
import { type DocumentKeyName, isDocumentName, splitDocumentKey } from "./document-key.ts";

type Documents = ReadonlyMap<string, JsonObject>;
type NodeDocuments = Partial<Record<DocumentKeyName, JsonObject>>;

/**
 * The metadata of a set as the reader of Zarr stores wants them. Each node's own documents count; consolidated ones
 * only where there are no others.
 * @throws GatewayError unsupported when nothing of it is Zarr, upstream when it is damaged
 */
export function hierarchyOf(documents: Documents, limits: HierarchyLimits): ZarrHierarchy {
  const nodes = nodesIn(documents, limits);
  const isV3 =
    documents.has("zarr.json") || ![...nodes.values()].some((node) => node[".zarray"] ?? node[".zgroup"]);
  const groups = new Map<string, JsonObject>();
  const arrays = new Map<string, ZarrArrayNode>();
  for (const [path, node] of nodes) {
    const parsed = isV3 ? parseV3(path, node) : parseV2(path, node);
    if (parsed?.kind === "array") arrays.set(path, parsed.array);
    else if (parsed) groups.set(path, parsed.attrs);
  }
  if (groups.size + arrays.size === 0)
    throw new GatewayError("unsupported", "the reference set holds no Zarr metadata");
  const nothing = { documents: [], absent: [], listed: new Map<string, readonly string[]>() };
  return { zarrFormat: isV3 ? 3 : 2, groups, arrays, ...nothing };
}

function nodesIn(documents: Documents, limits: HierarchyLimits): Map<string, NodeDocuments> {
  const nodes = new Map<string, NodeDocuments>();
  const add = (path: string, name: string, document: JsonObject, place: string): void => {
    if (!isDocumentName(name) || name === ".zmetadata") return;
    assertNodePath(path, place, limits);
    nodes.set(path, { ...nodes.get(path), [name]: document });
    assertNodeCount(nodes.size, limits);
  };
  for (const [key, document] of consolidatedIn(documents)) add(...partsOf(key), document, key);
  for (const [key, document] of documents) add(...partsOf(key), document, key);
  return nodes;
}

function partsOf(key: string): [path: string, name: string] {
  const { path, name } = splitDocumentKey(key);
  return [path, name];
}

/** Members of `.zmetadata`, and of the root's `zarr.json` under the keys that they would have. */
function consolidatedIn(documents: Documents): [key: string, document: JsonObject][] {
  const members: [string, JsonObject][] = [];
  const hasOwn = [...documents.keys()].some((key) => key.endsWith(".zarray"));
  const v2 = hasOwn ? undefined : documents.get(".zmetadata");
  for (const [key, document] of Object.entries(v2 ? objectIn(v2, "metadata", ".zmetadata") : {})) {
    if (isJsonObject(document)) members.push([key, document]);
  }
  const block = documents.get("zarr.json")?.["consolidated_metadata"];
  if (!isJsonObject(block)) return members;
  for (const [path, document] of Object.entries(objectIn(block, "metadata", "zarr.json"))) {
    if (isJsonObject(document)) members.push([documentKey(path, "zarr.json"), document]);
  }
  return members;
}

type Node = ReturnType<typeof parseNodeV3> | undefined;

function parseV3(path: string, node: NodeDocuments): Node {
  const document = node["zarr.json"];
  return document && parseNodeV3(document, documentKey(path, "zarr.json"));
}

/** Attributes alone make a group: sets without `.zgroup` are in use. */
function parseV2(path: string, node: NodeDocuments): Node {
  const attrs = node[".zattrs"] ?? {};
  const document = node[".zarray"];
  if (!document) return node[".zgroup"] || node[".zattrs"] ? { kind: "group", attrs } : undefined;
  const key = documentKey(path, ".zarray");
  if (Number(document["zarr_format"]) !== 2) throw damaged(key, '"zarr_format" is not 2');
  const nczarr = node[".nczarray"];
  return { kind: "array", array: { key, document, attrs, ...(nczarr && { nczarr }) } };
}
