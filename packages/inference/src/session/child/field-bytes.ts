import { writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mapConcurrently } from "@zarr-gateway/primitives";

/** One call of the system moves less than 2 GiB; smaller ones keep two threads busy. */
const PIECE_BYTES = 16 * 1024 ** 2;
const MAX_CONCURRENT = 2;
/** Buffers in one call; systems take 1024. */
const MAX_BUFFERS = 512;

/** Bytes of a file from a position on, in one or several pieces of memory. */
interface Stretch {
  readonly parts: readonly Uint8Array[];
  readonly position: number;
}

/** Writes arrays one after another, now: the caller's thread has nothing else to do. */
export function writeNow(descriptor: number, arrays: readonly Float32Array[]): void {
  let position = 0;
  for (const bytes of piecesOf(arrays))
    for (let done = 0; done < bytes.length; ) {
      const written = writeSync(descriptor, bytes, done, bytes.length - done, position);
      done += written;
      position += written;
    }
}

export async function writeArrays(handle: FileHandle, arrays: readonly Float32Array[]): Promise<void> {
  await mapConcurrently(stretchesOf(arrays), MAX_CONCURRENT, async ({ parts, position }) => {
    const { bytesWritten } = await handle.writev(parts, position);
    await eachRest({ parts, position }, bytesWritten, async (part, at) => {
      return (await handle.write(part, 0, part.length, at)).bytesWritten;
    });
  });
}

/** @throws Error where the file ends before the arrays are full */
export async function readArrays(handle: FileHandle, arrays: readonly Float32Array[]): Promise<void> {
  await mapConcurrently(stretchesOf(arrays), MAX_CONCURRENT, async ({ parts, position }) => {
    const { bytesRead } = await handle.readv(parts, position);
    await eachRest({ parts, position }, bytesRead, async (part, at) => {
      return (await handle.read(part, 0, part.length, at)).bytesRead;
    });
  });
}

/** Moves what one call of the system has left over. */
async function eachRest(
  { parts, position }: Stretch,
  moved: number,
  move: (part: Uint8Array, position: number) => Promise<number>,
): Promise<void> {
  let [start, done] = [0, moved];
  for (const part of parts) {
    while (done < start + part.length) {
      const count = await move(part.subarray(done - start), position + done);
      if (count === 0) throw new Error(`a file of fields ends after ${position + done} bytes`);
      done += count;
    }
    start += part.length;
  }
}

/** Arrays as bytes: neighbours in memory as one, none longer than one call should move. */
function piecesOf(arrays: readonly Float32Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (let at = 0; at < byteLength; at += PIECE_BYTES) {
      const start = byteOffset + at;
      const length = Math.min(byteLength - at, PIECE_BYTES);
      const last = pieces.at(-1);
      const isNext = last?.buffer === buffer && last.byteOffset + last.byteLength === start;
      if (last !== undefined && isNext && last.byteLength + length <= PIECE_BYTES)
        pieces.splice(-1, 1, new Uint8Array(buffer, last.byteOffset, last.byteLength + length));
      else pieces.push(new Uint8Array(buffer, start, length));
    }
  }
  return pieces;
}

function stretchesOf(arrays: readonly Float32Array[]): Stretch[] {
  const stretches: Stretch[] = [];
  let [parts, position, bytes]: [Uint8Array[], number, number] = [[], 0, 0];
  const finish = (): void => {
    if (parts.length > 0) stretches.push({ parts, position });
    [parts, position, bytes] = [[], position + bytes, 0];
  };
  for (const piece of piecesOf(arrays)) {
    if (bytes + piece.length > PIECE_BYTES || parts.length >= MAX_BUFFERS) finish();
    parts.push(piece);
    bytes += piece.length;
  }
  finish();
  return stretches;
}
