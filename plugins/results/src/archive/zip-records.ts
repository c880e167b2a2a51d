import {
  CENTRAL_BYTES,
  CENTRAL_EXTRA_BYTES,
  END_BYTES,
  END64_BYTES,
  LOCAL_BYTES,
  LOCAL_EXTRA_BYTES,
  LOCATOR_BYTES,
  type ZipLayout,
} from "./zip-layout.ts";

/** A file of the archive; its name is UTF-8. */
export interface ZipEntry {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc32: number;
}

/** APPNOTE 4.4.4: bit 11, names are UTF-8. */
const UTF8 = 0x0800;
const STORED = 0;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
const VERSION = 20;
const VERSION_64 = 45;
/** Made on UNIX, so that the attributes hold a mode: an ordinary file, rw-r--r--. */
const MADE_BY_UNIX = 3 << 8;
const MODE = (0o100644 << 16) >>> 0;

export interface ZipTime {
  readonly time: number;
  readonly date: number;
}

/** MS-DOS's way, in UTC: two seconds are its smallest step, 1980 its first year. */
export function zipTime(at: number): ZipTime {
  const when = new Date(Math.max(at, Date.UTC(1980, 0, 1)));
  const seconds = when.getUTCSeconds() >> 1;
  return {
    time: (when.getUTCHours() << 11) | (when.getUTCMinutes() << 5) | seconds,
    date: ((when.getUTCFullYear() - 1980) << 9) | ((when.getUTCMonth() + 1) << 5) | when.getUTCDate(),
  };
}

export function localHeader(entry: ZipEntry, time: ZipTime, isZip64: boolean): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES + entry.name.length + (isZip64 ? LOCAL_EXTRA_BYTES : 0));
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header.subarray(4), entry, time, isZip64);
  header.writeUInt16LE(isZip64 ? LOCAL_EXTRA_BYTES : 0, 28);
  header.set(entry.name, LOCAL_BYTES);
  if (isZip64) writeSizes(header.subarray(LOCAL_BYTES + entry.name.length), entry, LOCAL_EXTRA_BYTES - 4);
  return header;
}

export function centralHeader(
  entry: ZipEntry & { readonly offset: number },
  time: ZipTime,
  isZip64: boolean,
): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES + entry.name.length + (isZip64 ? CENTRAL_EXTRA_BYTES : 0));
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX | (isZip64 ? VERSION_64 : VERSION), 4);
  writeCommon(header.subarray(6), entry, time, isZip64);
  header.writeUInt16LE(isZip64 ? CENTRAL_EXTRA_BYTES : 0, 30);
  header.writeUInt32LE(MODE, 38);
  header.writeUInt32LE(isZip64 ? MAX_32 : entry.offset, 42);
  header.set(entry.name, CENTRAL_BYTES);
  if (isZip64) {
    const extra = header.subarray(CENTRAL_BYTES + entry.name.length);
    writeSizes(extra, entry, CENTRAL_EXTRA_BYTES - 4);
    extra.writeBigUInt64LE(BigInt(entry.offset), 20);
  }
  return header;
}

/** From "version needed" to the length of the name, which both headers have. */
function writeCommon(at: Buffer, entry: ZipEntry, { time, date }: ZipTime, isZip64: boolean): void {
  at.writeUInt16LE(isZip64 ? VERSION_64 : VERSION, 0);
  at.writeUInt16LE(UTF8, 2);
  at.writeUInt16LE(STORED, 4);
  at.writeUInt16LE(time, 6);
  at.writeUInt16LE(date, 8);
  at.writeUInt32LE(entry.crc32, 10);
  at.writeUInt32LE(isZip64 ? MAX_32 : entry.size, 14);
  at.writeUInt32LE(isZip64 ? MAX_32 : entry.size, 18);
  at.writeUInt16LE(entry.name.length, 22);
}

function writeSizes(at: Buffer, { size }: ZipEntry, length: number): void {
  at.writeUInt16LE(0x0001, 0);
  at.writeUInt16LE(length, 2);
  at.writeBigUInt64LE(BigInt(size), 4);
  at.writeBigUInt64LE(BigInt(size), 12);
}

export function zipEnd({ isZip64, total, centralOffset, endOffset }: ZipLayout): Buffer {
  const central = endOffset - centralOffset;
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isZip64 ? MAX_16 : total.files, 8);
  end.writeUInt16LE(isZip64 ? MAX_16 : total.files, 10);
  end.writeUInt32LE(isZip64 ? MAX_32 : central, 12);
  end.writeUInt32LE(isZip64 ? MAX_32 : centralOffset, 16);
  if (!isZip64) return end;
  const end64 = Buffer.alloc(END64_BYTES + LOCATOR_BYTES);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(BigInt(END64_BYTES - 12), 4);
  end64.writeUInt16LE(MADE_BY_UNIX | VERSION_64, 12);
  end64.writeUInt16LE(VERSION_64, 14);
  end64.writeBigUInt64LE(BigInt(total.files), 24);
  end64.writeBigUInt64LE(BigInt(total.files), 32);
  end64.writeBigUInt64LE(BigInt(central), 40);
  end64.writeBigUInt64LE(BigInt(centralOffset), 48);
  end64.writeUInt32LE(0x07064b50, END64_BYTES);
  end64.writeBigUInt64LE(BigInt(endOffset), END64_BYTES + 8);
  end64.writeUInt32LE(1, END64_BYTES + 16);
  return Buffer.concat([end64, end]);
}
