import { createHash, hash } from "node:crypto";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { UploadSource } from "../object-writer.ts";

/** S3 and Google have 10 000, Azure 50 000. */
const MAX_PARTS = 9000;
const STEP_BYTES = 256 * 1024;

export function partBytesFor(size: number, wanted: number): number {
  const needed = Math.ceil(size / MAX_PARTS / STEP_BYTES) * STEP_BYTES;
  return Math.max(wanted, needed);
}

export function md5Base64(bytes: Uint8Array): string {
  return hash("md5", bytes, "base64");
}

/** @throws GatewayError unprocessable when the file is not the one of the manifest */
export async function readWhole(
  source: UploadSource,
  key: string,
  options: CallOptions,
): Promise<Uint8Array> {
  const bytes = source.size === 0 ? new Uint8Array() : await source.read(0, source.size, options);
  if (bytes.length !== source.size || hash("sha256", bytes) !== source.sha256) throw differs(key);
  return bytes;
}

/** Parts in order, hashed as they are read: the file is compared with its checksum before the last part is handed out. */
export async function* partsOf(
  source: UploadSource,
  { key, partBytes, ...options }: CallOptions & { readonly key: string; readonly partBytes: number },
): AsyncGenerator<{ readonly number: number; readonly offset: number; readonly bytes: Uint8Array }> {
  const digest = createHash("sha256");
  for (let offset = 0, number = 1; offset < source.size; offset += partBytes, number += 1) {
    const length = Math.min(partBytes, source.size - offset);
    const bytes = await source.read(offset, length, options);
    if (bytes.length !== length) throw differs(key);
    digest.update(bytes);
    if (offset + length === source.size && digest.digest("hex") !== source.sha256) throw differs(key);
    yield { number, offset, bytes };
  }
}

function differs(key: string): GatewayError {
  return new GatewayError("unprocessable", `"${key}" is not what it was when its checksum was made`, { key });
}

/** Runs work of an iteration beside each other, at most so many at once; the first failure stops it. */
export async function inLanes<Item>(
  items: AsyncIterable<Item>,
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const tracked = async (item: Item): Promise<void> => {
    try {
      await work(item);
    } catch (error) {
      failure ??= { error };
    }
  };
  try {
    for await (const item of items) {
      const one = tracked(item).finally(() => running.delete(one));
      running.add(one);
      if (running.size >= lanes) await Promise.race(running);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.error;
}
