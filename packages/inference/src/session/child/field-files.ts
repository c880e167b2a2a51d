import { closeSync, openSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Fields } from "../../model-session.ts";
import { readArrays, writeArrays, writeNow } from "./field-bytes.ts";

/** Fields that lie in a file, one after another; no file where they have no values. */
export interface PackedFields {
  readonly file: string | undefined;
  /** Position of its folder among those of the exchange. */
  readonly folder: number;
  /** Name and number of values, map after map. */
  readonly maps: readonly (readonly (readonly [name: string, length: number])[])[];
}

type Place = Pick<PackedFields, "folder"> & { readonly file: string };

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
    const { maps, arrays } = listed(all);
    if (arrays.length === 0) return { file: undefined, folder: 0, maps };
    for (const { place, flags } of this.#places())
      if (await this.#wrote(place, flags, arrays)) return { ...place, maps };
    throw noRoom();
  }

  /** Before anything else happens in this process; a process that has only the fields to think of is done sooner so. */
  writeNow(all: readonly Fields[]): PackedFields {
    const { maps, arrays } = listed(all);
    if (arrays.length === 0) return { file: undefined, folder: 0, maps };
    for (const { place, flags } of this.#places())
      if (this.#wroteNow(place, flags, arrays)) return { ...place, maps };
    throw noRoom();
  }

  /** The file stays: it is freed or removed afterwards. */
  async read({ file, folder, maps }: PackedFields): Promise<Fields[]> {
    const all = maps.map((map) => new Map(map.map(([name, length]) => [name, unfilled(length)])));
    if (file === undefined) return all;
    const handle = await open(this.#path({ file, folder }), "r");
    try {
      await readArrays(
        handle,
        all.flatMap((fields) => [...fields.values()]),
      );
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

  /** A file that may be written again, then new ones. */
  *#places(): Generator<{ readonly place: Place; readonly flags: "r+" | "wx" }> {
    const again = this.#free.shift();
    if (again !== undefined) yield { place: again, flags: "r+" };
    const file = `${this.#name}-${this.#next++}`;
    for (const folder of this.#folders.keys()) yield { place: { file, folder }, flags: "wx" };
  }

  #wroteNow(place: Place, flags: "r+" | "wx", arrays: readonly Float32Array[]): boolean {
    const path = this.#path(place);
    try {
      const descriptor = openSync(path, flags, 0o600);
      try {
        writeNow(descriptor, arrays);
      } finally {
        closeSync(descriptor);
      }
      return true;
    } catch (error) {
      rmSync(path, { force: true });
      if (!isFull(error)) throw error;
      return false;
    }
  }

  /** @returns false where the folder has no room */
  async #wrote(place: Place, flags: "r+" | "wx", arrays: readonly Float32Array[]): Promise<boolean> {
    const path = this.#path(place);
    try {
      const handle = await open(path, flags, 0o600);
      try {
        await writeArrays(handle, arrays);
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

function listed(all: readonly Fields[]): {
  readonly maps: PackedFields["maps"];
  readonly arrays: readonly Float32Array[];
} {
  return {
    maps: all.map((fields) => Array.from(fields, ([name, { length }]) => [name, length] as const)),
    arrays: all.flatMap((fields) => [...fields.values()]).filter(({ length }) => length > 0),
  };
}

/** To be read into: not filled with zeros first. */
function unfilled(length: number): Float32Array {
  return new Float32Array(Buffer.allocUnsafeSlow(length * Float32Array.BYTES_PER_ELEMENT).buffer);
}

function noRoom(): Error {
  return new Error("there is no room for the fields in any folder");
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}
