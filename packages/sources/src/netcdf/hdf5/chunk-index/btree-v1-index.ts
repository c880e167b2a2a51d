import type { CallOptions } from "@zarr-gateway/primitives";
import { damaged } from "../damaged.ts";
import type { IndexContext } from "./index-context.ts";

/** Children of a node unless the superblock says otherwise (twice the default K of 32). */
const USUAL_CHILDREN = 64;
/** Nodes read at the same time. */
const PARALLEL_READS = 16;

/** The index of files in the old format, which netCDF writes: nodes lie scattered between the chunks. */
export async function readBtreeV1Index(
  context: IndexContext,
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
      const read = await Promise.all(batch.map((address) => readNode(context, address, options)));
      for (const [i, node] of read.entries()) {
        const address = batch[i] ?? 0;
        if (seen.has(address)) throw damaged("the nodes of a B-tree form a cycle");
        seen.add(address);
        level = node.level;
        if (expected !== undefined && level !== expected)
          throw damaged("the levels of a B-tree are mixed up");
        if (level === 0) addLeaf(context, node);
        else below.push(...childrenOf(context, node));
      }
    }
    nodes = below;
    expected = level - 1;
  }
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

async function readNode(context: IndexContext, address: number, options: CallOptions): Promise<Node> {
  const { offsetBytes } = context.file.superblock;
  const step = keyBytes(context) + offsetBytes;
  const headBytes = 8 + 2 * offsetBytes;
  const guess = await context.file.readUpTo(address, headBytes + USUAL_CHILDREN * step, options);
  const head = context.file.parse(guess);
  head.expect("TREE");
  if (head.u8() !== 1) throw damaged("the B-tree of chunks is of another type");
  const level = head.u8();
  const count = head.u16();
  const needed = headBytes + count * step;
  const bytes = needed <= guess.length ? guess : await context.file.read(address, needed, options);
  return { level, count, view: new DataView(bytes.buffer, bytes.byteOffset + headBytes, count * step) };
}

function childrenOf(context: IndexContext, { view, count }: Node): number[] {
  const { offsetBytes } = context.file.superblock;
  const key = keyBytes(context);
  return Array.from({ length: count }, (_, i) => uintAt(view, i * (key + offsetBytes) + key, offsetBytes));
}

function addLeaf(context: IndexContext, { view, count }: Node): void {
  const { file, rank, layout } = context;
  const { offsetBytes, base } = file.superblock;
  const key = keyBytes(context);
  const at = new Array<number>(rank).fill(0);
  for (let i = 0; i < count; i += 1) {
    const start = i * (key + offsetBytes);
    for (let axis = 0; axis < rank; axis += 1) {
      at[axis] = Math.floor(uintAt(view, start + 8 + 8 * axis, 8) / (layout.chunkShape[axis] ?? 1));
    }
    const size = view.getUint32(start, true);
    context.add(base + uintAt(view, start + key, offsetBytes), size, view.getUint32(start + 4, true), at);
  }
}

/** Without the checks of a cursor: an address that makes no sense fails when it is read. */
function uintAt(view: DataView, position: number, size: number): number {
  if (size === 8) return view.getUint32(position, true) + view.getUint32(position + 4, true) * 2 ** 32;
  return size === 4 ? view.getUint32(position, true) : view.getUint16(position, true);
}
