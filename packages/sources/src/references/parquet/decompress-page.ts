import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { messageOf } from "@zarr-gateway/primitives";
import { snappyUncompress } from "hyparquet";
import { damagedSet } from "../reference.ts";

type Decompress = (bytes: Uint8Array, size: number) => Promise<Uint8Array>;

const gunzipAsync = promisify(gunzip);
const zstdAsync = promisify(zstdDecompress);

/** By Parquet's number of the codec. kerchunk and fsspec write zstd, other programs' default is snappy. */
const CODECS: ReadonlyMap<number, Decompress> = new Map<number, Decompress>([
  [0, async (bytes) => bytes],
  [1, async (bytes, size) => unsnap(bytes, size)],
  [2, async (bytes, size) => gunzipAsync(bytes, { maxOutputLength: Math.max(1, size) })],
  [6, async (bytes, size) => zstdAsync(bytes, { maxOutputLength: Math.max(1, size) })],
]);

/** Snappy makes at most 64 bytes of three. */
const SNAPPY_RATIO = 32;

/** @throws GatewayError upstream unless the page has exactly the size that its header says */
export async function decompressPage(codec: number, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const decompress = CODECS.get(codec);
  if (!decompress) throw damagedSet(`Parquet's compression number ${codec} is not known`);
  let page: Uint8Array;
  try {
    page = await decompress(bytes, size);
  } catch (error) {
    throw damagedSet(`a page of a Parquet file cannot be decompressed (${messageOf(error)})`, error);
  }
  if (page.length === size) return page;
  throw damagedSet("a page of a Parquet file has another size than its header says");
}

function unsnap(bytes: Uint8Array, size: number): Uint8Array {
  if (size > SNAPPY_RATIO * bytes.length) throw new Error("it is too short for what it declares");
  const page = new Uint8Array(size);
  snappyUncompress(bytes, page);
  return page;
}
