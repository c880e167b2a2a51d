import type { CallOptions } from "@zarr-gateway/primitives";
import type { ChunkEntry } from "../chunk-table.ts";
import { damaged } from "../damaged.ts";
import type { IndexContext, IndexVisitor } from "./index-context.ts";

/** Children of a node unless the superblock says otherwise (twice the default K of 32). */
const USUAL_CHILDREN = 64;
/** Nodes read at the same time. */
const PARALLEL_READS = 16;

/** The index of files in the old format, which netCDF writes: nodes lie scattered between the chunks. */
export async function readBtreeV1Index(
  visitor: IndexVisitor,
  root: number,
  options: CallOptions,
): Promise<void> {
  const seen = new Set<number>();
  let nodes = [root];
  for (let expected: number | undefined; nodes.length > 0; ) {
    const below: number[] = [];
    let level = 0;
    for (let first = 0; first < nodes.length; first += PARALLEL_READS) {
      const batch = nodes.slice(first, first + PARALLEL_READS);
      const read = await Promise.all(batch.map((address) => readNode(visitor, address, options)));
      for (const [i, node] of read.entries()) {
        const address = batch[i] ?? 0;
        if (seen.has(address)) throw damaged("the nodes of a B-tree form a cycle");
        seen.add(address);
        level = node.level;
        if (expected !== undefined && level !== expected)
          throw damaged("the levels of a B-tree are mixed up");
        if (level === 0) addLeaf(visitor, node);
        else below.push(...childrenOf(visitor, node));
      }
    }
    nodes = below;
    expected = level - 1;
  }
}

/** The chunk at one place: down the tree, each time into the last child that begins at or before it. */
export async function findInBtreeV1(
  context: IndexContext,
  root: number,
  at: readonly number[],
  options: CallOptions,
): Promise<ChunkEntry | undefined> {
  const place = at.map((position, axis) => position * (context.layout.chunkShape[axis] ?? 1));
  let address = root;
  for (let above: number | undefined; ; ) {
    const node = await readNode(context, address, options);
    if (above !== undefined && node.level !== above - 1) throw damaged("the levels of a B-tree are mixed up");
    const child = lastNotAfter(context, node, place);
    if (child < 0) return undefined;
    if (node.level === 0) {
      return compareKey(context, node, child, place) === 0 ? leafEntry(context, node, child) : undefined;
    }
    address = childAt(context, node, child);
    above = node.level;
  }
}

/** The last key that is not greater; -1 where all are. */
function lastNotAfter(context: IndexContext, node: Node, place: readonly number[]): number {
  let low = 0;
  let high = node.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKey(context, node, middle, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Less than 0: the key comes before the place, which is given in elements. */
function compareKey(context: IndexContext, { view }: Node, i: number, place: readonly number[]): number {
  const start = i * stepBytes(context) + 8;
  for (const [axis, wanted] of place.entries()) {
    const difference = uintAt(view, start + 8 * axis, 8) - wanted;
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Node {
  readonly level: number;
  readonly count: number;
  /** Keys and children in turn. */
  readonly view: DataView;
}

function keyBytes(context: IndexContext): number {
  return 8 + 8 * (context.rank + 1); // size, filter mask, and the place in elements with one more dimension
}

/** Bytes of a key and its child. */
function stepBytes(context: IndexContext): number {
  return keyBytes(context) + context.file.superblock.offsetBytes;
}

async function readNode(context: IndexContext, address: number, options: CallOptions): Promise<Node> {
  const { offsetBytes } = context.file.superblock;
  const step = stepBytes(context);
  const headBytes = 8 + 2 * offsetBytes;
  const guess = await context.file.readUpTo(address, headBytes + USUAL_CHILDREN * step, options);
  const head = context.file.parse(guess);
  head.expect("TREE");
  if (head.u8() !== 1) throw damaged("the B-tree of chunks is of another type");
  const level = head.u8();
  const count = head.u16();
  const needed = headBytes + count * step;
  const bytes = needed <= guess.length ? guess : await context.file.read(address, needed, options);
  const node = { level, count, view: new DataView(bytes.buffer, bytes.byteOffset + headBytes, count * step) };
  assertKeys(context, node);
  return node;
}

/** There is no checksum: a damaged key shows in its place, and would make a chunk look like one never written. */
function assertKeys(context: IndexContext, node: Node): void {
  const { rank, layout } = context;
  const place = new Array<number>(rank).fill(-1);
  for (let i = 0; i < node.count; i += 1) {
    if (compareKey(context, node, i, place) <= 0) throw damaged("the keys of a B-tree are not in order");
    const start = i * stepBytes(context) + 8;
    for (let axis = 0; axis < rank; axis += 1) {
      const key = uintAt(node.view, start + 8 * axis, 8);
      if (key % (layout.chunkShape[axis] ?? 1) !== 0)
        throw damaged("a key of a B-tree is no place of a chunk");
      place[axis] = key;
    }
  }
}

function childrenOf(context: IndexContext, node: Node): number[] {
  return Array.from({ length: node.count }, (_, i) => childAt(context, node, i));
}

function childAt(context: IndexContext, { view }: Node, i: number): number {
  return uintAt(view, i * stepBytes(context) + keyBytes(context), context.file.superblock.offsetBytes);
}

function leafEntry(context: IndexContext, node: Node, i: number): ChunkEntry {
  const start = i * stepBytes(context);
  return {
    offset: context.file.superblock.base + childAt(context, node, i),
    size: node.view.getUint32(start, true),
    filterMask: node.view.getUint32(start + 4, true),
  };
}

function addLeaf(visitor: IndexVisitor, node: Node): void {
  const { rank, layout } = visitor;
  const step = stepBytes(visitor);
  const at = new Array<number>(rank).fill(0);
  for (let i = 0; i < node.count; i += 1) {
    for (let axis = 0; axis < rank; axis += 1) {
      const place = uintAt(node.view, i * step + 8 + 8 * axis, 8);
      at[axis] = Math.floor(place / (layout.chunkShape[axis] ?? 1));
    }
    const { offset, size, filterMask } = leafEntry(visitor, node, i);
    visitor.add(offset, size, filterMask, at);
  }
}

/** Without the checks of a cursor: an address that makes no sense fails when it is read. */
function uintAt(view: DataView, position: number, size: number): number {
  if (size === 8) return view.getUint32(position, true) + view.getUint32(position + 4, true) * 2 ** 32;
  return size === 4 ? view.getUint32(position, true) : view.getUint16(position, true);
}
