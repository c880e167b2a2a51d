import type { CallOptions } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";

/** What the first bytes of a file say it is. */
export interface FileSignature {
  readonly kind: "netcdf-3" | "hdf5" | "json" | "other";
  /** For a person: `an HDF4 file`. */
  readonly description: string;
}

/** Signatures of formats that people have beside NetCDF, so that the message names them. */
const OTHERS = (
  [
    [[0x0e, 0x03, 0x13, 0x01], "an HDF4 file (convert it, for instance with h4toh5 or nccopy)"],
    ["GRIB", "a GRIB file"],
    ["BUFR", "a BUFR file"],
    [[0x49, 0x49, 0x2a, 0x00], "a TIFF file"],
    [[0x4d, 0x4d, 0x00, 0x2a], "a TIFF file"],
    [[0x49, 0x49, 0x2b, 0x00], "a BigTIFF file"],
    [[0x4d, 0x4d, 0x00, 0x2b], "a BigTIFF file"],
    [[0x50, 0x4b, 0x03, 0x04], "a ZIP archive"],
    [[0x1f, 0x8b], "a gzip-compressed file"],
    ["BZh", "a bzip2-compressed file"],
    [[0x28, 0xb5, 0x2f, 0xfd], "a zstd-compressed file"],
    ["PAR1", "a Parquet file"],
    ["SIMPLE", "a FITS file"],
    ["\x93NUMPY", "a NumPy array file"],
    ["CDF", "a NetCDF file of an unknown version"],
    ["<", "an HTML or XML page"],
  ] as const
).map(([magic, description]) => ({ magic: bytesOf(magic), description }));
const HDF5 = bytesOf([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
const BRACE = bytesOf("{");
const NETCDF_3 = ["CDF\x01", "CDF\x02", "CDF\x05"].map(bytesOf);
/** HDF5 files may begin with something else, up to 512, 1024, 2048, … bytes; nobody has put more than this before. */
const MAX_HDF5_OFFSET = 1024 * 1024;

export async function signatureOf(access: RandomAccess, options: CallOptions = {}): Promise<FileSignature> {
  const head = await access.read(0, Math.min(16, access.size), options);
  if (NETCDF_3.some((magic) => startsWith(head, magic)))
    return { kind: "netcdf-3", description: "a NetCDF-3 file" };
  if (await isHdf5(access, head, options)) return { kind: "hdf5", description: "an HDF5 file" };
  if (access.size === 0) return { kind: "other", description: "an empty file" };
  if (startsWith(head, BRACE)) return { kind: "json", description: "a JSON document" };
  const known = OTHERS.find(({ magic }) => startsWith(head, magic));
  const first = Buffer.from(head.subarray(0, 8)).toString("hex");
  return {
    kind: "other",
    description: known?.description ?? `a file of an unknown kind (it begins with the bytes ${first})`,
  };
}

async function isHdf5(access: RandomAccess, head: Uint8Array, options: CallOptions): Promise<boolean> {
  if (startsWith(head, HDF5)) return true;
  for (let offset = 512; offset <= MAX_HDF5_OFFSET && offset + HDF5.length <= access.size; offset *= 2) {
    if (startsWith(await access.read(offset, HDF5.length, options), HDF5)) return true;
  }
  return false;
}

function bytesOf(magic: string | readonly number[]): Uint8Array {
  return typeof magic === "string" ? Buffer.from(magic, "latin1") : Uint8Array.from(magic);
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}
