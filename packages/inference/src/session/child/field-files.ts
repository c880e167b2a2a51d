import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { mapConcurrently } from "@zarr-gateway/primitives";
import type { Fields } from "../../model-session.ts";

/** Fields that lie in a file, one after another; no file where they have no values. */
export interface PackedFields {
  readonly file: string | undefined;
  /** Position of its folder among those of the exchange. */
  readonly folder: number;
  /** Name and number of values, map after map. */
  readonly maps: readonly (readonly (readonly [name: string, length: number])[])[];
}

type Place = Pick<PackedFields, "folder"> & { readonly file: string };

/** One call of the system moves less than 2 GiB; smaller ones keep two threads busy. */
const PIECE_BYTES = 16 * 1024 ** 2;
const MAX_CONCURRENT = 2;
/** Files that are written again: memory that is in use already costs a fourth of fresh memory. */
const MAX_FREE = 2;

/**
 * Hands fields to another process through files: memory where the folder is one of memory. Whoever reads tells the writer to
 * `free` the file, or removes it. All files have names that begin with `name`, which the other side does not use.
 */
export class FieldFiles {
  readonly #folders: readonly string[];
  readonly #name: string;
  readonly #free: Place[] = [];
  #next = 0;

  /** @param folders in order of preference: a later one is used where an earlier one is full */
  constructor(folders: readonly string[], name: string) {
    this.#folders = folders;
    this.#name = name;
  }

  async write(all: readonly Fields[]): Promise<PackedFields> {
    const maps = all.map((fields) => Array.from(fields, ([name, { length }]) => [name, length] as const));
    const arrays = all.flatMap((fields) => [...fields.values()]).filter(({ length }) => length > 0);
    if (arrays.length === 0) return { file: undefined, folder: 0, maps };
    const again = this.#free.shift();
    if (again !== undefined && (await this.#wrote(again, "r+", arrays))) return { ...again, maps };
    const file = `${this.#name}-${this.#next++}`;
    for (const folder of this.#folders.keys()) {
      if (await this.#wrote({ file, folder }, "wx", arrays)) return { file, folder, maps };
    }
    throw new Error("there is no room for the fields in any folder");
  }

  /** The file stays: it is freed or removed afterwards. */
  async read({ file, folder, maps }: PackedFields): Promise<Fields[]> {
    const all = maps.map((map) => new Map(map.map(([name, length]) => [name, new Float32Array(length)])));
    if (file === undefined) return all;
    const handle = await open(this.#path({ file, folder }), "r");
    try {
      const arrays = all.flatMap((fields) => [...fields.values()]);
      await transfer(arrays, (bytes, position) => readBytes(handle, bytes, position));
      return all;
    } finally {
      await handle.close();
    }
  }

  /** Of a file that this side has written: its reader does not need it any more. */
  async free({ file, folder }: PackedFields): Promise<void> {
    if (file === undefined) return;
    if (this.#free.length < MAX_FREE) this.#free.push({ file, folder });
    else await rm(this.#path({ file, folder }), { force: true });
  }

  async remove({ file, folder }: PackedFields): Promise<void> {
    if (file !== undefined) await rm(this.#path({ file, folder }), { force: true });
  }

  /** @returns false where the folder has no room */
  async #wrote(place: Place, flags: "r+" | "wx", arrays: readonly Float32Array[]): Promise<boolean> {
    const path = this.#path(place);
    try {
      const handle = await open(path, flags, 0o600);
      try {
        await transfer(arrays, (bytes, position) => writeBytes(handle, bytes, position));
      } finally {
        await handle.close();
      }
      return true;
    } catch (error) {
      await rm(path, { force: true });
      if (!isFull(error)) throw error;
      return false;
    }
  }

  #path({ file, folder }: Place): string {
    const path = this.#folders[folder];
    if (path === undefined) throw new Error(`the exchange has no folder ${folder}`);
    return join(path, file);
  }
}

/** Calls for pieces of the arrays with their places in the file, a few at once. */
async function transfer(
  arrays: readonly Float32Array[],
  move: (bytes: Uint8Array, position: number) => Promise<void>,
): Promise<void> {
  const pieces: { readonly bytes: Uint8Array; readonly position: number }[] = [];
  let start = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (let at = 0; at < byteLength; at += PIECE_BYTES) {
      const length = Math.min(byteLength - at, PIECE_BYTES);
      pieces.push({ bytes: new Uint8Array(buffer, byteOffset + at, length), position: start + at });
    }
    start += byteLength;
  }
  await mapConcurrently(pieces, MAX_CONCURRENT, ({ bytes, position }) => move(bytes, position));
}

async function writeBytes(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readBytes(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error(`a file of fields ends after ${position + done} bytes`);
    done += bytesRead;
  }
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}
