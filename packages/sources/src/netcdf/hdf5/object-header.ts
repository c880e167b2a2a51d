import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "./byte-cursor.ts";
import { CHECKSUM_BYTES } from "./checksum.ts";
import { damaged, notSupported } from "./damaged.ts";
import type { Hdf5File } from "./hdf5-file.ts";

/** Numbers of the header messages that this reader looks at. @see HDF5 File Format Specification 3.0, IV.A.2 */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFill: 0x04,
  fill: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  sharedTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface HeaderMessage {
  readonly type: number;
  /** Bit 1: the body is a reference to the message, kept elsewhere. */
  readonly flags: number;
  readonly body: Uint8Array;
}

const MAX_MESSAGES = 65_536;
const MAX_BLOCKS = 1024;

interface Block {
  readonly address: number;
  readonly length: number;
}
interface HeaderStart {
  readonly version: 1 | 2;
  readonly address: number;
  /** Version 2: messages carry their creation order. */
  readonly hasOrder: boolean;
  readonly first: Block;
}

/** All messages of an object, those of continuation blocks included, in stored order. */
export async function readObjectHeader(
  file: Hdf5File,
  address: number,
  options: CallOptions = {},
): Promise<HeaderMessage[]> {
  const start = parseStart(file.parse(await file.readUpTo(address, 64, options)), address);
  const messages: HeaderMessage[] = [];
  const blocks = [start.first];
  const seen = new Set<number>();
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    if (seen.has(block.address) || seen.size >= MAX_BLOCKS)
      throw damaged("the blocks of an object header form a cycle");
    seen.add(block.address);
    const cursor = await openBlock(file, start, block, options);
    for (const message of start.version === 1 ? messagesV1(cursor) : messagesV2(cursor, start)) {
      if (message.type === MESSAGE.continuation) blocks.push(parseContinuation(file.parse(message.body)));
      else if (message.type !== 0) messages.push(message);
      if (messages.length > MAX_MESSAGES) throw damaged("an object header has too many messages");
    }
  }
  return messages;
}

function parseStart(cursor: ByteCursor, address: number): HeaderStart {
  if (cursor.bytes[0] === 1) {
    cursor.skip(8); // version, reserved, number of messages, reference count
    return { version: 1, address, hasOrder: false, first: { address: address + 16, length: cursor.u32() } };
  }
  cursor.expect("OHDR");
  const version = cursor.u8();
  if (version !== 2) throw notSupported(`an object header of version ${version}`);
  const flags = cursor.u8();
  if (flags & 0x20) cursor.skip(16); // times
  if (flags & 0x10) cursor.skip(4); // limits of attribute storage
  const length = cursor.uint(1 << (flags & 3));
  const first = { address: address + cursor.position, length };
  return { version: 2, address, hasOrder: (flags & 4) !== 0, first };
}

function parseContinuation(cursor: ByteCursor): Block {
  return { address: cursor.requiredAddress("a continuation block"), length: cursor.length() };
}

function* messagesV1(cursor: ByteCursor): Generator<HeaderMessage> {
  while (cursor.remaining >= 8) {
    const type = cursor.u16();
    const size = cursor.u16();
    const flags = cursor.u8();
    cursor.skip(3);
    yield { type, flags, body: cursor.take(size) };
  }
}

/** The messages of a block; in version 2 without the signature in front and the checksum behind them. */
async function openBlock(
  file: Hdf5File,
  { version, address, first }: HeaderStart,
  block: Block,
  options: CallOptions,
): Promise<ByteCursor> {
  if (version === 1) return file.cursor(block.address, block.length, options);
  if (block === first) {
    const messages = first.address - address;
    const cursor = await file.checked(address, messages + first.length, options);
    cursor.skip(messages);
    return cursor;
  }
  const cursor = await file.checked(block.address, block.length - CHECKSUM_BYTES, options);
  cursor.expect("OCHK");
  return cursor;
}

function* messagesV2(cursor: ByteCursor, { hasOrder }: HeaderStart): Generator<HeaderMessage> {
  const prefix = hasOrder ? 6 : 4;
  while (cursor.remaining >= prefix) {
    const type = cursor.u8();
    const size = cursor.u16();
    const flags = cursor.u8();
    if (hasOrder) cursor.skip(2);
    if (type === 0 && size > cursor.remaining) return; // a gap too small for a message
    yield { type, flags, body: cursor.take(size) };
  }
}
