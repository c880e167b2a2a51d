import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "./byte-cursor.ts";
import { assertChecksum, CHECKSUM_BYTES } from "./checksum.ts";
import { damaged } from "./damaged.ts";
import { bytesToHold } from "./datatype.ts";
import type { Hdf5File } from "./hdf5-file.ts";

interface Tree {
  /** What kind of records it has. */
  readonly type: number;
  readonly root: Node;
  readonly recordBytes: number;
  readonly nodeBytes: number;
  readonly offsetBytes: number;
  readonly countBytes: number;
  /** Bytes of "all records below" per level; 0 for leaves. */
  readonly totalBytes: readonly number[];
}
interface Node {
  readonly address: number;
  readonly records: number;
  readonly level: number;
}

/** Nodes read at the same time: enough to hide the way to a remote store, few enough to bound memory. */
const PARALLEL_READS = 16;
const NODE_OVERHEAD = 10; // signature, version, type, checksum

/**
 * Visits every record of a version 2 B-tree, not in order; each is a view of `recordBytes` bytes.
 * @see HDF5 File Format Specification 3.0, III.A.2
 */
export async function visitBtreeV2(
  file: Hdf5File,
  address: number,
  visit: (records: ByteCursor, recordBytes: number, type: number) => void,
  options: CallOptions = {},
): Promise<void> {
  const tree = await openTree(file, address, options);
  if (!tree) return;
  const { type, nodeBytes, recordBytes } = tree;
  const seen = new Set<number>();
  let level: Node[] = [tree.root];
  while (level.length > 0) {
    const below: Node[] = [];
    for (let first = 0; first < level.length; first += PARALLEL_READS) {
      const batch = level.slice(first, first + PARALLEL_READS);
      const nodes = await Promise.all(batch.map((node) => file.cursor(node.address, nodeBytes, options)));
      for (const [i, cursor] of nodes.entries()) {
        const node = batch[i]!; // same length as the batch it was read from
        if (seen.has(node.address)) throw damaged("the nodes of a B-tree form a cycle");
        seen.add(node.address);
        below.push(...visitNode(cursor, node, tree, (found) => visit(found, recordBytes, type)));
      }
    }
    level = below;
  }
}

/**
 * Goes down to the record for which `compare` gives 0, if there is one; it is called with a cursor at a record and says
 * whether that comes before (less than 0) or after what is looked for.
 */
export async function findInBtreeV2(
  file: Hdf5File,
  address: number,
  compare: (record: ByteCursor, recordBytes: number, type: number) => number,
  options: CallOptions = {},
): Promise<void> {
  const tree = await openTree(file, address, options);
  let node = tree?.root;
  while (tree && node) {
    const cursor = await file.cursor(node.address, tree.nodeBytes, options);
    const first = startNode(cursor, node, tree);
    let low = 0;
    let high = node.records;
    while (low < high) {
      const middle = (low + high) >>> 1;
      cursor.position = first + middle * tree.recordBytes;
      const order = compare(cursor, tree.recordBytes, tree.type);
      if (order === 0) return;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    cursor.position = first + node.records * tree.recordBytes;
    node = childrenOf(cursor, node, tree)[low];
  }
}

async function openTree(file: Hdf5File, address: number, options: CallOptions): Promise<Tree | undefined> {
  const { offsetBytes, lengthBytes } = file.superblock;
  const head = await file.checked(address, 16 + offsetBytes + 2 + lengthBytes, options);
  head.expect("BTHD");
  head.skip(1);
  const type = head.u8();
  const nodeBytes = head.u32();
  const recordBytes = head.u16();
  const depth = head.u16();
  head.skip(2);
  const root = head.address();
  const records = head.u16();
  if (root === undefined || records === 0) return undefined;
  if (recordBytes === 0 || depth > 32)
    throw damaged(`a B-tree of depth ${depth} with records of ${recordBytes} bytes`);
  const widths = planTree({ nodeBytes, recordBytes, depth, offsetBytes });
  return { ...widths, type, root: { address: root, records, level: depth } };
}

function planTree(plan: {
  nodeBytes: number;
  recordBytes: number;
  depth: number;
  offsetBytes: number;
}): Omit<Tree, "type" | "root"> {
  const { nodeBytes, recordBytes, offsetBytes } = plan;
  const leafRecords = Math.floor((nodeBytes - NODE_OVERHEAD) / recordBytes);
  if (leafRecords < 1) throw damaged(`a B-tree with nodes of ${nodeBytes} bytes`);
  const countBytes = bytesToHold(leafRecords);
  const totalBytes = [0];
  let below = leafRecords;
  for (let level = 1; level <= plan.depth; level += 1) {
    const pointer = offsetBytes + countBytes + (totalBytes[level - 1] ?? 0);
    const most = Math.floor((nodeBytes - NODE_OVERHEAD - pointer) / (recordBytes + pointer));
    if (most < 1) throw damaged(`a B-tree with nodes of ${nodeBytes} bytes`);
    below = (most + 1) * below + most;
    totalBytes.push(bytesToHold(below));
  }
  return { recordBytes, nodeBytes, offsetBytes, countBytes, totalBytes };
}

function visitNode(cursor: ByteCursor, node: Node, tree: Tree, visit: (records: ByteCursor) => void): Node[] {
  cursor.position = startNode(cursor, node, tree);
  for (let i = 0; i < node.records; i += 1) {
    const next = cursor.position + tree.recordBytes;
    visit(cursor);
    cursor.position = next;
  }
  return childrenOf(cursor, node, tree);
}

/** Position of the first record. */
function startNode(cursor: ByteCursor, node: Node, tree: Tree): number {
  cursor.expect(node.level === 0 ? "BTLF" : "BTIN");
  cursor.skip(2);
  const end = cursor.position + node.records * tree.recordBytes;
  const childBytes = tree.offsetBytes + tree.countBytes + (tree.totalBytes[node.level - 1] ?? 0);
  const checksum = node.level === 0 ? end : end + (node.records + 1) * childBytes;
  if (checksum + CHECKSUM_BYTES > cursor.bytes.length)
    throw damaged(`a B-tree node of ${node.records} records`);
  assertChecksum(cursor.bytes, checksum);
  return cursor.position;
}

/** The cursor stands behind the records. */
function childrenOf(cursor: ByteCursor, node: Node, tree: Tree): Node[] {
  if (node.level === 0) return [];
  return Array.from({ length: node.records + 1 }, () => {
    const address = cursor.requiredAddress("a B-tree node");
    const records = cursor.uint(tree.countBytes);
    cursor.skip(tree.totalBytes[node.level - 1] ?? 0);
    return { address, records, level: node.level - 1 };
  });
}
