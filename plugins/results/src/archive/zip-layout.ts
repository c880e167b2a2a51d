/**
 * Where everything of a stored (uncompressed) zip archive lies, from sums over its entries alone, so that any piece of it
 * can be made without making what lies before. APPNOTE 6.3: 4.3.7 local header, 4.3.12 central header, 4.3.14 and 4.3.16
 * ends, 4.5.3 zip64 field. An archive that needs zip64 anywhere has it in every entry: then all headers are of one size.
 */
export interface ZipSums {
  readonly files: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Bytes of their paths as UTF-8, without the folder before them. */
  readonly pathBytes: number;
}

export interface ZipLayout {
  readonly isZip64: boolean;
  /** Bytes of `<root>/` before each path. */
  readonly rootBytes: number;
  readonly total: ZipSums;
  readonly centralOffset: number;
  readonly endOffset: number;
  readonly size: number;
}

export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const LOCAL_EXTRA_BYTES = 20;
export const CENTRAL_EXTRA_BYTES = 28;
export const END64_BYTES = 56;
export const LOCATOR_BYTES = 20;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;

export function zipLayout(total: ZipSums, rootBytes: number): ZipLayout {
  const small = layout(total, rootBytes, false);
  return small.size >= MAX_32 || total.files >= MAX_16 ? layout(total, rootBytes, true) : small;
}

function layout(total: ZipSums, rootBytes: number, isZip64: boolean): ZipLayout {
  const plan = { isZip64, rootBytes };
  const centralOffset = localOffset(plan, total);
  const endOffset = centralOffset + centralLength(plan, total);
  const ends = END_BYTES + (isZip64 ? END64_BYTES + LOCATOR_BYTES : 0);
  return { ...plan, total, centralOffset, endOffset, size: endOffset + ends };
}

/** Where the entry begins that comes after these. */
export function localOffset(
  { isZip64, rootBytes }: Pick<ZipLayout, "isZip64" | "rootBytes">,
  before: ZipSums,
): number {
  const header = LOCAL_BYTES + rootBytes + (isZip64 ? LOCAL_EXTRA_BYTES : 0);
  return before.bytes + before.pathBytes + before.files * header;
}

/** Bytes of the central headers of these entries. */
export function centralLength(
  { isZip64, rootBytes }: Pick<ZipLayout, "isZip64" | "rootBytes">,
  before: ZipSums,
): number {
  const header = CENTRAL_BYTES + rootBytes + (isZip64 ? CENTRAL_EXTRA_BYTES : 0);
  return before.pathBytes + before.files * header;
}
