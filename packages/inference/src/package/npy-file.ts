import { open } from "node:fs/promises";
import type { CallOptions } from "@zarr-gateway/primitives";
import {
  NPY_HEADER_BYTES,
  type NpyArray,
  NpyError,
  npyDataBytes,
  parseNpyHeader,
  parseNpyValues,
} from "./npy.ts";

/** A static field of 64 levels on a grid of a tenth of a degree has 1.7 GB; published models have megabytes. */
const MAX_BYTES = 1024 ** 3;

/**
 * Reads an `.npy` file whose values have at most 1 GiB.
 * @throws NpyError where it is none, or is larger
 */
export async function readNpyFile(path: string, { signal }: CallOptions = {}): Promise<NpyArray> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const start = await readAt(file, 0, Math.min(size, NPY_HEADER_BYTES));
  const header = parseNpyHeader(start);
  const expected = npyDataBytes(header);
  const shape = header.shape.join(", ");
  if (expected > MAX_BYTES)
    throw new NpyError(`expected at most ${MAX_BYTES} bytes of values; the shape (${shape}) has ${expected}`);
  if (size - header.dataOffset !== expected)
    throw new NpyError(
      `expected ${expected} bytes for the shape (${shape}); got ${size - header.dataOffset}`,
    );
  signal?.throwIfAborted();
  return parseNpyValues(header, await readAt(file, header.dataOffset, expected));
}

async function readAt(
  file: { read(buffer: Uint8Array, options: object): Promise<{ bytesRead: number }> },
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, {
      offset: done,
      length: length - done,
      position: position + done,
    });
    if (bytesRead === 0) throw new NpyError(`expected ${length} bytes; the file ends after ${done}`);
    done += bytesRead;
  }
  return bytes;
}
