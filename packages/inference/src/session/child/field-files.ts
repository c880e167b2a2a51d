import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Fields } from "../../model-session.ts";

/** Fields that lie in a file of the folder, one after another; no file where they have no values. */
export interface PackedFields {
  readonly file: string | undefined;
  /** Position of the folder among those of the exchange. */
  readonly folder: number;
  /** Name and number of values, map after map. */
  readonly maps: readonly (readonly (readonly [name: string, length: number])[])[];
}

const MAX_OPERATION_BYTES = 2 ** 30; // one call of the system moves less than 2 GiB

/**
 * Hands fields to another process through files: memory where the folder is one of memory. The reader removes what it has
 * read. All files have names that begin with `name`, which the other side does not use.
 */
export class FieldFiles {
  readonly #folders: readonly string[];
  readonly #name: string;
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
    const file = `${this.#name}-${this.#next++}`;
    for (const [folder, path] of this.#folders.entries()) {
      try {
        await writeArrays(join(path, file), arrays);
        return { file, folder, maps };
      } catch (error) {
        await rm(join(path, file), { force: true });
        if (!isFull(error) || folder === this.#folders.length - 1) throw error;
      }
    }
    throw new Error("the exchange has no folder");
  }

  async read({ file, folder, maps }: PackedFields): Promise<Fields[]> {
    const path = file === undefined ? undefined : this.#path(file, folder);
    const handle = path === undefined ? undefined : await open(path, "r");
    try {
      const all: Fields[] = [];
      for (const map of maps) {
        const fields = new Map<string, Float32Array>();
        for (const [name, length] of map) fields.set(name, await readArray(handle, length));
        all.push(fields);
      }
      return all;
    } finally {
      await handle?.close();
      if (path !== undefined) await rm(path, { force: true });
    }
  }

  /** Of fields that nobody reads. */
  async remove({ file, folder }: PackedFields): Promise<void> {
    if (file !== undefined) await rm(this.#path(file, folder), { force: true });
  }

  #path(file: string, folder: number): string {
    const path = this.#folders[folder];
    if (path === undefined) throw new Error(`the exchange has no folder ${folder}`);
    return join(path, file);
  }
}

async function writeArrays(path: string, arrays: readonly Float32Array[]): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    for (const array of arrays) await writeBytes(handle, bytesOf(array));
  } finally {
    await handle.close();
  }
}

async function writeBytes(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, MAX_OPERATION_BYTES);
    done += (await handle.write(bytes, done, length)).bytesWritten;
  }
}

async function readArray(handle: FileHandle | undefined, length: number): Promise<Float32Array> {
  const array = new Float32Array(length);
  const bytes = bytesOf(array);
  let done = 0;
  while (done < bytes.length) {
    const wanted = Math.min(bytes.length - done, MAX_OPERATION_BYTES);
    const { bytesRead = 0 } = (await handle?.read(bytes, done, wanted)) ?? {};
    if (bytesRead === 0) throw new Error(`expected ${bytes.length} bytes of a field, came ${done}`);
    done += bytesRead;
  }
  return array;
}

function bytesOf(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}
