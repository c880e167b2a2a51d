import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { paged, type RandomAccess } from "@zarr-gateway/stores";
import { ByteCursor, type FieldSizes } from "./byte-cursor.ts";
import { assertChecksum, CHECKSUM_BYTES } from "./checksum.ts";
import { damaged, notSupported } from "./damaged.ts";

/** One structure is never larger; what declares more is damaged. Chunk indexes are read in pieces. */
const MAX_STRUCTURE_BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 16 * 1024;

export interface Superblock extends FieldSizes {
  /** Position of address 0 in the file: more than 0 where a user block stands in front. */
  readonly base: number;
  readonly rootAddress: number;
  /** Object header with file-wide messages (shared message table). */
  readonly extensionAddress: number | undefined;
}

/** The bytes of an HDF5 file by address. */
export class Hdf5File {
  readonly access: RandomAccess;
  readonly superblock: Superblock;

  constructor(access: RandomAccess, superblock: Superblock) {
    this.access = access;
    this.superblock = superblock;
  }

  /** The same file, with what was read last kept in memory; by default as much as a walk over the structure needs. */
  buffered(maxPages = 128): Hdf5File {
    return new Hdf5File(paged(this.access, { pageBytes: PAGE_BYTES, maxPages }), this.superblock);
  }

  /** @throws GatewayError upstream when the range is not inside the file */
  async read(address: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const start = this.superblock.base + address;
    if (length > MAX_STRUCTURE_BYTES) throw damaged(`a structure claims ${length} bytes`);
    if (start + length > this.access.size) {
      throw damaged(`truncated: it has ${this.access.size} bytes, byte ${start + length} is needed`);
    }
    return await this.access.read(start, length, options);
  }
  /** Up to `length` bytes, fewer at the end of the file. */
  async readUpTo(address: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const left = this.access.size - this.superblock.base - address;
    if (left <= 0) throw damaged(`truncated: it has ${this.access.size} bytes, something lies at ${address}`);
    return await this.read(address, Math.min(length, left), options);
  }
  async cursor(address: number, length: number, options: CallOptions = {}): Promise<ByteCursor> {
    return this.parse(await this.read(address, length, options));
  }
  /**
   * A structure of `length` bytes behind which its checksum stands.
   * @throws GatewayError upstream when the checksum is another
   */
  async checked(address: number, length: number, options: CallOptions = {}): Promise<ByteCursor> {
    const bytes = await this.read(address, length + CHECKSUM_BYTES, options);
    assertChecksum(bytes, length);
    return this.parse(bytes.subarray(0, length));
  }
  parse(bytes: Uint8Array): ByteCursor {
    return new ByteCursor(bytes, this.superblock);
  }
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** A user block is 512 bytes times a power of two; nobody writes longer ones. */
const MAX_USER_BLOCK = 128 * 1024 * 1024;

/**
 * Position of the HDF5 signature: 0, 512, 1024, 2048, …; undefined when there is none.
 * Only the first place is looked at when `deep` is false.
 */
export async function findSignature(
  access: RandomAccess,
  options: CallOptions & { readonly deep?: boolean } = {},
): Promise<number | undefined> {
  for (let position = 0; position + 8 <= access.size; position = position === 0 ? 512 : 2 * position) {
    const bytes = await access.read(position, 8, options);
    if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return position;
    if (options.deep === false || position >= MAX_USER_BLOCK) return undefined;
  }
  return undefined;
}

/**
 * Reads the superblock (versions 0 to 3).
 * @throws GatewayError unsupported when it is no HDF5 file, upstream when it is damaged or truncated
 * @see HDF5 File Format Specification 3.0, II.A
 */
export async function openHdf5File(access: RandomAccess, options: CallOptions = {}): Promise<Hdf5File> {
  const position = await findSignature(access, options);
  if (position === undefined)
    throw new GatewayError("unsupported", "this is not an HDF5 file: it has no signature");
  const bytes = await access.read(position, Math.min(160, access.size - position), options);
  const start = new ByteCursor(bytes, { offsetBytes: 8, lengthBytes: 8 });
  start.skip(8);
  const version = start.u8();
  if (version > 3) throw notSupported(`a superblock of version ${version}`);
  const parsed = version < 2 ? parseOld(bytes, version) : parseNew(bytes);
  // "end of file" counts from the base address that the file names; a file moved behind a user block keeps the old one
  const end = parsed.endOfFile - parsed.base + position;
  if (end > access.size) {
    throw new GatewayError(
      "upstream",
      `truncated: the file has ${access.size} bytes, its superblock says ${end}`,
      {
        size: access.size,
        expected: end,
      },
    );
  }
  return new Hdf5File(access, { ...parsed.superblock, base: position });
}

interface ParsedSuperblock {
  readonly superblock: Omit<Superblock, "base">;
  readonly base: number;
  readonly endOfFile: number;
}

function parseOld(bytes: Uint8Array, version: number): ParsedSuperblock {
  const sizes = fieldSizes(bytes[13], bytes[14]);
  const cursor = new ByteCursor(bytes, sizes);
  cursor.skip(version === 0 ? 24 : 28);
  const base = cursor.requiredAddress("the superblock");
  cursor.address(); // free-space info
  const endOfFile = cursor.requiredAddress("the end of the file");
  cursor.address(); // driver information
  cursor.address(); // name of the root group
  const rootAddress = cursor.requiredAddress("the root group");
  return { superblock: { ...sizes, rootAddress, extensionAddress: undefined }, base, endOfFile };
}

function parseNew(bytes: Uint8Array): ParsedSuperblock {
  const sizes = fieldSizes(bytes[9], bytes[10]);
  const cursor = new ByteCursor(bytes, sizes);
  cursor.skip(12);
  const base = cursor.requiredAddress("the superblock");
  const extensionAddress = cursor.address();
  const endOfFile = cursor.requiredAddress("the end of the file");
  const rootAddress = cursor.requiredAddress("the root group");
  cursor.skip(CHECKSUM_BYTES);
  assertChecksum(bytes, cursor.position - CHECKSUM_BYTES);
  return { superblock: { ...sizes, rootAddress, extensionAddress }, base, endOfFile };
}

function fieldSizes(offsetBytes = 0, lengthBytes = 0): FieldSizes {
  const allowed = [2, 4, 8];
  if (!allowed.includes(offsetBytes) || !allowed.includes(lengthBytes)) {
    throw damaged(`addresses of ${offsetBytes} and lengths of ${lengthBytes} bytes`);
  }
  return { offsetBytes, lengthBytes };
}
