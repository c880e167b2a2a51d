import type { CallOptions } from "@zarr-gateway/primitives";
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
  readDocument,
  type ZarrDocument,
} from "./read-document.ts";

/** Names of the documents of a node; those of NetCDF-C (`.nczarray`, version 1 of NCZarr) hold dimension names. */
const NODE_DOCUMENTS = [".zarray", ".zgroup", ".zattrs", ".nczarray"] as const;
type NodeDocuments = Partial<Record<(typeof NODE_DOCUMENTS)[number], JsonObject>>;

/** Undefined when there is no Zarr v2 at the root. */
export async function readHierarchyV2(
  store: ByteStore,
  limits: HierarchyLimits,
  options: CallOptions,
): Promise<ZarrHierarchy | undefined> {
  // with v3 metadata beside it the store would be a v3 store
  const absent = ["zarr.json"];
  const consolidated = await readDocument(store, ".zmetadata", options);
  if (consolidated) return { ...readConsolidated(consolidated, limits), documents: [consolidated], absent };
  absent.push(".zmetadata");

  const read = (path: string): Promise<ListedNode | undefined> => readNode(store, path, options);
  const root = await read("");
  if (!root) return undefined;
  if (root.kind === "array") {
    const arrays = new Map([["", root.array]]);
    return { zarrFormat: 2, groups: new Map(), arrays, documents: root.documents, absent, listed: new Map() };
  }
  const listed = await listHierarchy(store, { attrs: root.attrs, read, limits }, options);
  return { zarrFormat: 2, ...listed, documents: [...root.documents, ...listed.documents], absent };
}

async function readNode(
  store: ByteStore,
  path: string,
  options: CallOptions,
): Promise<ListedNode | undefined> {
  const read = (name: string): Promise<ZarrDocument | undefined> =>
    readDocument(store, documentKey(path, name), options);
  const [array, group] = await Promise.all([read(".zarray"), read(".zgroup")]);
  if (!array && !group) return undefined;
  const attrs = await read(".zattrs");
  const nczarr =
    array && attrs?.value["_ARRAY_DIMENSIONS"] === undefined ? await read(".nczarray") : undefined;
  const documents = [array, array ? undefined : group, attrs, nczarr].filter(
    (document) => document !== undefined,
  );
  const known: NodeDocuments = {
    ...(array ? { ".zarray": array.value } : {}),
    ...(attrs ? { ".zattrs": attrs.value } : {}),
    ...(nczarr ? { ".nczarray": nczarr.value } : {}),
  };
  return { ...parseNode(path, known), documents };
}

/** `.zmetadata`: one map of the key of every metadata document to its content. */
function readConsolidated(
  root: ZarrDocument,
  limits: HierarchyLimits,
): Omit<ZarrHierarchy, "documents" | "absent"> {
  const { key, value } = root;
  if (!isVersion(value["zarr_consolidated_format"], 1))
    throw damaged(key, `"zarr_consolidated_format" is not 1`);
  if (!isJsonObject(value["metadata"])) throw damaged(key, `"metadata" is not an object`);
  const nodes = new Map<string, NodeDocuments>();
  for (const [documentKey, document] of Object.entries(value["metadata"])) {
    const { path, name } = splitKey(documentKey);
    if (!isNodeDocument(name)) continue;
    assertNodePath(path, key, limits);
    if (!isJsonObject(document)) throw damaged(key, `"${documentKey}" is not an object`);
    nodes.set(path, { ...nodes.get(path), [name]: document });
    assertNodeCount(nodes.size, limits);
  }
  const groups = new Map<string, JsonObject>();
  const arrays = new Map<string, ZarrArrayNode>();
  for (const [path, documents] of nodes) {
    if (!documents[".zarray"] && !documents[".zgroup"]) {
      throw damaged(key, `"${path}" has attributes, but neither .zarray nor .zgroup`);
    }
    const node = parseNode(path, documents);
    if (node.kind === "array") arrays.set(path, node.array);
    else groups.set(path, node.attrs);
  }
  if (nodes.size === 0) throw damaged(key, "it describes nothing");
  return { zarrFormat: 2, groups, arrays, listed: new Map() };
}

type Node =
  | { readonly kind: "array"; readonly array: ZarrArrayNode }
  | { readonly kind: "group"; readonly attrs: JsonObject };

function parseNode(path: string, documents: NodeDocuments): Node {
  const attrs = documents[".zattrs"] ?? {};
  const document = documents[".zarray"];
  if (!document) return { kind: "group", attrs };
  const key = documentKey(path, ".zarray");
  if (!isVersion(document["zarr_format"], 2)) {
    throw damaged(key, `"zarr_format" is not 2`);
  }
  const nczarr = documents[".nczarray"];
  return { kind: "array", array: { key, document, attrs, ...(nczarr && { nczarr }) } };
}

function splitKey(key: string): { readonly path: string; readonly name: string } {
  const slash = key.lastIndexOf("/");
  return { path: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}

function isNodeDocument(name: string): name is keyof NodeDocuments {
  return (NODE_DOCUMENTS as readonly string[]).includes(name);
}
