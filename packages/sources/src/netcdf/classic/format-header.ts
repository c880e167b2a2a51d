import {
  type ClassicAttribute,
  type ClassicHeader,
  TAG_ATTRIBUTE,
  TAG_DIMENSION,
  TAG_VARIABLE,
} from "./header.ts";
import { padding } from "./header-cursor.ts";
import { variableBytes } from "./layout.ts";

const encoder = new TextEncoder();

/** The bytes of a header: the inverse of `parseHeader`. */
export function formatHeader(header: ClassicHeader): Uint8Array {
  const pieces: Uint8Array[] = [];
  const isWide = header.version === 5;
  const uint32 = (value: number): void => void pieces.push(integer(value, 4));
  const length = (value: number): void => void pieces.push(integer(value, isWide ? 8 : 4));
  const padded = (bytes: Uint8Array): void => void pieces.push(bytes, new Uint8Array(padding(bytes.length)));
  const name = (text: string): void => {
    const bytes = encoder.encode(text);
    length(bytes.length);
    padded(bytes);
  };
  const list = <Item>(tag: number, items: readonly Item[], write: (item: Item) => void): void => {
    uint32(items.length === 0 ? 0 : tag);
    length(items.length);
    for (const item of items) write(item);
  };
  const attribute = ({ name: attributeName, type, bytes }: ClassicAttribute): void => {
    name(attributeName);
    uint32(type.code);
    length(bytes.length / type.bytes);
    padded(bytes);
  };

  pieces.push(Uint8Array.of(0x43, 0x44, 0x46, header.version));
  if (header.records === undefined) pieces.push(new Uint8Array(isWide ? 8 : 4).fill(0xff));
  else length(header.records);
  list(TAG_DIMENSION, header.dimensions, (dimension) => {
    name(dimension.name);
    length(dimension.length);
  });
  list(TAG_ATTRIBUTE, header.attributes, attribute);
  list(TAG_VARIABLE, header.variables, (variable) => {
    name(variable.name);
    length(variable.dimensions.length);
    for (const position of variable.dimensions) length(position);
    list(TAG_ATTRIBUTE, variable.attributes, attribute);
    uint32(variable.type.code);
    const size = variableBytes(header, variable);
    length(isWide ? size : Math.min(size + padding(size), 0xffff_ffff));
    pieces.push(integer(variable.begin, header.version === 1 ? 4 : 8));
  });
  return Buffer.concat(pieces);
}

function integer(value: number, bytes: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setUint32(0, value);
  else view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer);
}
