import type { CallOptions } from "@zarr-gateway/primitives";
import { damaged, notSupported } from "./damaged.ts";
import { FractalHeap } from "./fractal-heap.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import { type HeaderMessage, MESSAGE, readObjectHeader } from "./object-header.ts";

/**
 * The body of a message, fetched from where it is shared: another object's header or the file's shared message table. Few
 * are shared, and a file has hundreds: no promise is made for the others.
 * @see HDF5 File Format Specification 3.0, IV.A.2.x "Shared message"
 */
export function resolveShared(
  file: Hdf5File,
  message: HeaderMessage,
  options: CallOptions = {},
): Uint8Array | Promise<Uint8Array> {
  if (!(message.flags & 2)) return message.body;
  return followReference(file, message.type, message.body, options);
}

/** `reference` is the body of a shared message; attributes hold such references to their datatype, too. */
export async function followReference(
  file: Hdf5File,
  type: number,
  reference: Uint8Array,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const cursor = file.parse(reference);
  const version = cursor.u8();
  const kind = cursor.u8();
  if (version === 1) cursor.skip(6);
  if (version < 1 || version > 3) throw notSupported(`a shared message of version ${version}`);
  if (version === 3 && kind === 1) {
    return readFromTable(file, type, cursor.take(8), options);
  }
  const address = cursor.requiredAddress("a shared message");
  const found = (await readObjectHeader(file, address, options)).find((candidate) => candidate.type === type);
  if (!found) throw damaged(`the object at ${address} has no message of type ${type}`);
  if (found.flags & 2) throw damaged("a shared message is shared again");
  return found.body;
}

async function readFromTable(
  file: Hdf5File,
  type: number,
  id: Uint8Array,
  options: CallOptions,
): Promise<Uint8Array> {
  const { extensionAddress, offsetBytes } = file.superblock;
  if (extensionAddress === undefined)
    throw damaged("a message is shared in a table that the file does not have");
  const extension = await readObjectHeader(file, extensionAddress, options);
  const message = extension.find((candidate) => candidate.type === MESSAGE.sharedTable);
  if (!message) throw damaged("a message is shared in a table that the file does not have");
  const pointer = file.parse(message.body);
  pointer.skip(1);
  const address = pointer.requiredAddress("the shared message table");
  const count = pointer.u8();
  const table = await file.checked(address, 4 + count * (14 + 2 * offsetBytes), options);
  table.expect("SMTB");
  for (let i = 0; i < count; i += 1) {
    table.skip(2);
    const types = table.u16();
    table.skip(10); // least size of a message, limits of list and tree, number of messages
    table.address();
    const heap = table.address();
    if (types & (1 << type) && heap !== undefined)
      return (await FractalHeap.open(file, heap, options)).object(id, options);
  }
  throw damaged(`the shared message table holds no messages of type ${type}`);
}
