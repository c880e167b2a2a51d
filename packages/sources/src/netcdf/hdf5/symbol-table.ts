import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "./byte-cursor.ts";
import { damaged } from "./damaged.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { Hdf5Link } from "./link.ts";

/** Groups of old files: a B-tree of symbol table nodes, names in a local heap. @see HDF5 specification 3.0, III.A–D */
export async function readSymbolTable(
  file: Hdf5File,
  body: Uint8Array,
  options: CallOptions,
): Promise<Hdf5Link[]> {
  const message = file.parse(body);
  const tree = message.requiredAddress("the B-tree of a group");
  const heap = await readLocalHeap(file, message.requiredAddress("the names of a group"), options);
  const links: Hdf5Link[] = [];
  for (const address of await symbolNodes(file, tree, options)) {
    links.push(...(await readSymbolNode(file, { address, heap }, options)));
  }
  return links;
}

async function readLocalHeap(file: Hdf5File, address: number, options: CallOptions): Promise<ByteCursor> {
  const { offsetBytes, lengthBytes } = file.superblock;
  const cursor = await file.cursor(address, 8 + 2 * lengthBytes + offsetBytes, options);
  cursor.expect("HEAP");
  cursor.skip(4);
  const size = cursor.length();
  cursor.length(); // free list
  return file.cursor(cursor.requiredAddress("the data of a heap"), size, options);
}

/** Addresses of the symbol table nodes, in the order of names. */
async function symbolNodes(file: Hdf5File, root: number, options: CallOptions): Promise<number[]> {
  const { offsetBytes, lengthBytes } = file.superblock;
  const seen = new Set<number>();
  let nodes = [root];
  for (let expected: number | undefined; ; ) {
    const below: number[] = [];
    let level = 0;
    for (const address of nodes) {
      if (seen.has(address)) throw damaged("the B-tree of a group forms a cycle");
      seen.add(address);
      const head = await file.cursor(address, 8, options);
      head.expect("TREE");
      if (head.u8() !== 0) throw damaged("the B-tree of a group is of another type");
      level = head.u8();
      if (expected !== undefined && level !== expected) throw damaged("the levels of a B-tree are mixed up");
      const count = head.u16();
      const body = await file.cursor(
        address + 8,
        2 * offsetBytes + count * (lengthBytes + offsetBytes),
        options,
      );
      body.skip(2 * offsetBytes); // siblings
      for (let i = 0; i < count; i += 1) {
        body.skip(lengthBytes);
        below.push(body.requiredAddress("a node of a group"));
      }
    }
    if (level === 0) return below;
    if (below.length === 0) return [];
    nodes = below;
    expected = level - 1;
  }
}

async function readSymbolNode(
  file: Hdf5File,
  node: { readonly address: number; readonly heap: ByteCursor },
  options: CallOptions,
): Promise<Hdf5Link[]> {
  const { offsetBytes } = file.superblock;
  const head = await file.cursor(node.address, 8, options);
  head.expect("SNOD");
  head.skip(2);
  const count = head.u16();
  const cursor = await file.cursor(node.address + 8, count * (2 * offsetBytes + 24), options);
  return Array.from({ length: count }, (): Hdf5Link => {
    const name = textAt(node.heap, cursor.uint(offsetBytes));
    const address = cursor.address();
    const cacheType = cursor.u32();
    cursor.skip(4);
    const scratch = file.parse(cursor.take(16));
    if (cacheType === 2) return { kind: "soft", name, order: 0, path: textAt(node.heap, scratch.u32()) };
    if (address === undefined) throw damaged(`the link "${name}" has no address`);
    return { kind: "hard", name, order: 0, address };
  });
}

function textAt(heap: ByteCursor, offset: number): string {
  if (offset >= heap.bytes.length) throw damaged("a name lies outside its heap");
  heap.position = offset;
  return heap.zeroTerminated();
}
