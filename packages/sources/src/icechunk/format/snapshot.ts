import type { Attributes } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";
import { missingObject } from "./damaged-object.ts";
import type { FlatBuffer, Table } from "./flatbuffer.ts";
import { type ObjectFile, readObjectFile } from "./object-file.ts";
import { formatObjectId } from "./object-id.ts";
import { readMetadata } from "./snapshot-metadata.ts";

/** Fields of the tables in snapshot.fbs; the two versions of the format differ only in fields that readers do not need. */
const SNAPSHOT = { id: 0, parentId: 1, nodes: 2, flushedAt: 3, message: 4, metadata: 5 } as const;
const NODE = { id: 0, path: 1, userData: 2, nodeDataType: 3, nodeData: 4 } as const;
const ARRAY_DATA = { manifests: 2 } as const;
const MANIFEST_REF = { objectId: 0, extents: 1 } as const;
const NODE_IS_ARRAY = 1;
const NODE_IS_GROUP = 2;

/** A manifest and the part of an array's chunk grid that it covers. */
export interface ManifestPart {
  readonly id: string;
  /** From and up to, axis by axis. */
  readonly extents: readonly number[];
}

export interface SnapshotNode {
  readonly id: string;
  /** As store key, "" for the root. */
  readonly path: string;
  /** Its `zarr.json`. */
  readonly document: Uint8Array;
  readonly isArray: boolean;
  /** Read when a chunk is asked for the first time: there may be thousands. */
  manifests(): readonly ManifestPart[];
}

export interface Snapshot {
  readonly id: string;
  /** Kept in the repo info file by version 2. */
  readonly parent: string | undefined;
  readonly time: Date;
  readonly message: string;
  metadata(): Attributes;
  nodes(maxNodes: number): readonly SnapshotNode[];
}

export const snapshotKey = (id: string): string => `snapshots/${id}`;

/** @throws GatewayError not_found when there is none and a person has named it, upstream when a file of the repository has */
export async function readSnapshot(
  store: ByteStore,
  id: string,
  {
    namedBy,
    maxBytes,
    signal,
  }: CallOptions & { readonly namedBy: string | undefined; readonly maxBytes: number },
): Promise<Snapshot> {
  const key = snapshotKey(id);
  const file = await readObjectFile(store, key, { kind: "snapshot", maxBytes, signal });
  if (file) return parseSnapshot(file, id);
  if (namedBy !== undefined) throw missingObject(key, namedBy);
  throw new GatewayError("not_found", `the Icechunk repository has no snapshot "${id}"`, { snapshot: id });
}

function parseSnapshot({ buffer, version }: ObjectFile, id: string): Snapshot {
  const root = buffer.root();
  const ownId = formatObjectId(root.required(root.struct(SNAPSHOT.id, 12), "id"));
  if (ownId !== id) throw buffer.damaged(`it is the snapshot ${ownId}`);
  const parent = root.struct(SNAPSHOT.parentId, 12);
  return {
    id,
    parent: parent && formatObjectId(parent),
    time: dateOf(root.uint64(SNAPSHOT.flushedAt), buffer),
    message: root.string(SNAPSHOT.message) ?? "",
    metadata: () => readMetadata(root.vector(SNAPSHOT.metadata, 4), { buffer, version }),
    nodes: (maxNodes) => parseNodes(root, buffer, maxNodes),
  };
}

/** @param micros since 1970 */
export function dateOf(micros: number, buffer: FlatBuffer): Date {
  const date = new Date(Math.floor(micros / 1000));
  if (Number.isNaN(date.getTime())) throw buffer.damaged("a time in it lies outside of the calendar");
  return date;
}

function parseNodes(root: Table, buffer: FlatBuffer, maxNodes: number): SnapshotNode[] {
  const nodes = root.tables(SNAPSHOT.nodes, "nodes");
  if (nodes.length > maxNodes) {
    throw new GatewayError("unsupported", `the repository has more than ${maxNodes} groups and arrays`);
  }
  let documentBytes = 0;
  return [...nodes.tables()].map((node) => {
    const parsed = parseNode(node, buffer);
    documentBytes += parsed.document.length;
    // many nodes that share one document would take more time than the file has bytes
    if (documentBytes > buffer.bytes.length) throw buffer.damaged("its nodes overlap");
    return parsed;
  });
}

function parseNode(node: Table, buffer: FlatBuffer): SnapshotNode {
  const path = node.required(node.string(NODE.path), "path");
  if (!path.startsWith("/")) throw buffer.damaged("the path of a node in it is not absolute");
  const type = node.uint8(NODE.nodeDataType);
  if (type !== NODE_IS_ARRAY && type !== NODE_IS_GROUP)
    throw buffer.damaged("a node in it is neither group nor array");
  return {
    id: formatObjectId(node.required(node.struct(NODE.id, 8), "id")),
    path: path.slice(1),
    document: node.required(node.bytes(NODE.userData), "user_data"),
    isArray: type === NODE_IS_ARRAY,
    manifests: () => {
      const data = node.table(NODE.nodeData);
      const parts = data?.vector(ARRAY_DATA.manifests, 4);
      return parts ? Array.from(parts.tables(), parsePart) : [];
    },
  };
}

function parsePart(part: Table): ManifestPart {
  const extents = part.required(part.vector(MANIFEST_REF.extents, 8), "extents");
  return {
    id: formatObjectId(part.required(part.struct(MANIFEST_REF.objectId, 12), "object_id")),
    extents: Array.from({ length: 2 * extents.length }, (_, item) => extents.uint32(item)),
  };
}
