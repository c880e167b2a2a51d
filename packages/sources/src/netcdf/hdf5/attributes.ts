import { type CallOptions, messageOf } from "@zarr-gateway/primitives";
import { visitBtreeV2 } from "./btree-v2.ts";
import { notSupported } from "./damaged.ts";
import { type Dataspace, elementsOf, parseDataspace } from "./dataspace.ts";
import { type Hdf5Type, parseDatatype } from "./datatype.ts";
import { FractalHeap } from "./fractal-heap.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import { type HeaderMessage, MESSAGE } from "./object-header.ts";
import { followReference, resolveShared } from "./shared-message.ts";

export interface Hdf5Attribute {
  readonly name: string;
  readonly type: Hdf5Type;
  readonly space: Dataspace;
  /** The elements as stored; text of variable length is a reference into the global heap. */
  readonly data: Uint8Array;
}
export interface AttributeList {
  readonly attributes: readonly Hdf5Attribute[];
  /** Why some attributes are left out. */
  readonly problems: readonly string[];
}

/** Attributes of an object: in creation order where the file keeps it. */
export async function readAttributes(
  file: Hdf5File,
  messages: readonly HeaderMessage[],
  options: CallOptions = {},
): Promise<AttributeList> {
  const bodies: Uint8Array[] = [];
  const info = messages.find((message) => message.type === MESSAGE.attributeInfo);
  for (const message of messages) {
    if (message.type !== MESSAGE.attribute) continue;
    const body = resolveShared(file, message, options);
    bodies.push(body instanceof Promise ? await body : body);
  }
  if (info) bodies.push(...(await readDense(file, info.body, options)));
  const attributes: Hdf5Attribute[] = [];
  const problems: string[] = [];
  for (const body of bodies) {
    try {
      const attribute = parseAttribute(file, body, options);
      attributes.push(attribute instanceof Promise ? await attribute : attribute);
    } catch (error) {
      options.signal?.throwIfAborted();
      problems.push(`an attribute cannot be read: ${messageOf(error)}`);
    }
  }
  return { attributes, problems };
}

async function readDense(file: Hdf5File, info: Uint8Array, options: CallOptions): Promise<Uint8Array[]> {
  const cursor = file.parse(info);
  cursor.skip(1);
  const flags = cursor.u8();
  if (flags & 1) cursor.skip(2);
  const heapAddress = cursor.address();
  const tree = cursor.address();
  if (heapAddress === undefined || tree === undefined) return [];
  const heap = await FractalHeap.open(file, heapAddress, options);
  const found: { id: Uint8Array; isShared: boolean; order: number }[] = [];
  await visitBtreeV2(
    file,
    tree,
    (record) => {
      const id = record.take(heap.idBytes);
      const isShared = (record.u8() & 2) !== 0;
      found.push({ id, isShared, order: record.u32() });
    },
    options,
  );
  found.sort((a, b) => a.order - b.order);
  const bodies: Uint8Array[] = [];
  for (const { id, isShared } of found) {
    if (isShared) throw notSupported("attributes shared in a table");
    bodies.push(await heap.object(id, options));
  }
  return bodies;
}

/** @see HDF5 File Format Specification 3.0, IV.A.2.m */
function parseAttribute(
  file: Hdf5File,
  body: Uint8Array,
  options: CallOptions,
): Hdf5Attribute | Promise<Hdf5Attribute> {
  const cursor = file.parse(body);
  const version = cursor.u8();
  if (version < 1 || version > 3) throw notSupported(`an attribute of version ${version}`);
  const flags = cursor.u8(); // reserved in version 1
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
  if (version === 3) cursor.skip(1); // character set of the name
  const field = (size: number) => {
    const bytes = cursor.take(size);
    if (version === 1) cursor.align(8);
    return bytes;
  };
  const name = file.parse(field(sizes[0])).text(sizes[0]);
  const typeField = field(sizes[1]);
  const spaceField = field(sizes[2]);
  const parsed = (typeBody: Uint8Array, spaceBody: Uint8Array): Hdf5Attribute => {
    const type = parseDatatype(file.parse(typeBody));
    const space = parseDataspace(file.parse(spaceBody));
    return { name, type, space, data: cursor.take(elementsOf(space) * type.size) };
  };
  const sharedParts = version > 1 ? flags & 3 : 0;
  if (sharedParts === 0) return parsed(typeField, spaceField);
  const resolve = (type: number, bytes: Uint8Array, bit: number) =>
    sharedParts & bit ? followReference(file, type, bytes, options) : Promise.resolve(bytes);
  return Promise.all([
    resolve(MESSAGE.datatype, typeField, 1),
    resolve(MESSAGE.dataspace, spaceField, 2),
  ]).then(([typeBody, spaceBody]) => parsed(typeBody, spaceBody));
}
