import type { CallOptions } from "@zarr-gateway/primitives";
import { visitBtreeV2 } from "./btree-v2.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import { damaged, notSupported } from "./damaged.ts";
import { FractalHeap } from "./fractal-heap.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { Hdf5Link } from "./link.ts";
import { type HeaderMessage, MESSAGE } from "./object-header.ts";
import { readSymbolTable } from "./symbol-table.ts";

/**
 * Children of a group: in creation order where the group keeps it, else by name, byte by byte, as netCDF lists them.
 * Undefined when the messages are not those of a group.
 */
export async function readLinks(
  file: Hdf5File,
  messages: readonly HeaderMessage[],
  options: CallOptions = {},
): Promise<Hdf5Link[] | undefined> {
  const table = messages.find((message) => message.type === MESSAGE.symbolTable);
  const info = messages.find((message) => message.type === MESSAGE.linkInfo);
  const links = messages.filter((m) => m.type === MESSAGE.link).map((m) => parseLink(file.parse(m.body)));
  if (!table && !info && links.length === 0) return undefined;
  if (table) links.push(...(await readSymbolTable(file, table.body, options)));
  const { isOrdered, heap, tree } = info ? parseLinkInfo(file.parse(info.body)) : { isOrdered: false };
  if (heap !== undefined && tree !== undefined)
    links.push(...(await readDense(file, { heap, tree }, options)));
  const unique = new Map(links.map((link) => [link.name, link]));
  const compareNames = (a: Hdf5Link, b: Hdf5Link) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
  return [...unique.values()].sort((a, b) => (isOrdered ? a.order - b.order : 0) || compareNames(a, b));
}

function parseLinkInfo(cursor: ByteCursor): { isOrdered: boolean; heap?: number; tree?: number } {
  cursor.skip(1);
  const flags = cursor.u8();
  if (flags & 1) cursor.skip(8);
  const heap = cursor.address();
  const tree = cursor.address();
  return {
    isOrdered: (flags & 1) !== 0,
    ...(heap === undefined ? {} : { heap }),
    ...(tree === undefined ? {} : { tree }),
  };
}

async function readDense(
  file: Hdf5File,
  dense: { readonly heap: number; readonly tree: number },
  options: CallOptions,
): Promise<Hdf5Link[]> {
  const heap = await FractalHeap.open(file, dense.heap, options);
  const ids: Uint8Array[] = [];
  await visitBtreeV2(
    file,
    dense.tree,
    (record) => {
      record.skip(4); // hash of the name
      ids.push(record.take(heap.idBytes));
    },
    options,
  );
  const links: Hdf5Link[] = [];
  for (const id of ids) links.push(parseLink(file.parse(await heap.object(id, options))));
  return links;
}

/** @see HDF5 File Format Specification 3.0, IV.A.2.g */
function parseLink(cursor: ByteCursor): Hdf5Link {
  const version = cursor.u8();
  if (version !== 1) throw notSupported(`a link of version ${version}`);
  const flags = cursor.u8();
  const type = flags & 8 ? cursor.u8() : 0;
  const order = flags & 4 ? cursor.uint(8) : 0;
  if (flags & 16) cursor.skip(1); // character set: names are read as UTF-8, of which ASCII is a part
  const name = cursor.text(cursor.uint(1 << (flags & 3)));
  if (type === 0) return { kind: "hard", name, order, address: cursor.requiredAddress(`the link "${name}"`) };
  if (type === 1) return { kind: "soft", name, order, path: cursor.text(cursor.u16()) };
  if (type < 64) throw damaged(`a link of type ${type}`);
  const target = cursor.take(cursor.u16());
  return {
    kind: "external",
    name,
    order,
    file: new TextDecoder().decode(target.subarray(1)).split("\0")[0] ?? "",
  };
}
