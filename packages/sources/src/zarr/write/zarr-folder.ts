import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { WriteKey } from "./write-zarr.ts";

/** A store that is made beside its place and moved there as a whole. */
export interface ZarrFolderDraft {
  readonly write: WriteKey;
  /** Puts the store into its place. */
  commit(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/**
 * Begins a store at a path.
 * @param overwrite whether a store that is there is replaced; nothing else ever is
 * @throws Error where something is there already, or no folder to write it into
 */
export async function draftZarrFolder(path: string, overwrite = false): Promise<ZarrFolderDraft> {
  const place = resolve(path);
  await assertReplaceable(place, overwrite);
  const draft = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString("hex")}`);
  const folders = new Set<string>();
  await mkdir(draft);
  const discard = (): Promise<void> => rm(draft, { recursive: true, force: true });
  return {
    discard,
    async write(key, bytes, { signal }: CallOptions = {}) {
      const file = join(draft, key);
      const folder = dirname(file);
      if (!folders.has(folder)) {
        await mkdir(folder, { recursive: true });
        folders.add(folder);
      }
      await writeFile(file, bytes, { signal });
    },
    async commit() {
      await synchronized(join(draft, "zarr.json"));
      await assertReplaceable(place, overwrite);
      const old = `${draft}.old`;
      const hasOld = await rename(place, old).then(
        () => true,
        () => false, // there was none
      );
      await rename(draft, place);
      if (hasOld) await rm(old, { recursive: true, force: true });
    },
  };
}

async function assertReplaceable(place: string, overwrite: boolean): Promise<void> {
  const name = basename(place);
  const isFolder = async (path: string): Promise<boolean> =>
    (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!(await isFolder(dirname(place)))) throw new Error(`${name}: there is no folder to write it into`);
  if ((await stat(place).catch(() => undefined)) === undefined) return;
  const isStore = (await stat(join(place, "zarr.json")).catch(() => undefined)) !== undefined;
  if (!isStore) throw new Error(`${name}: exists already and is no Zarr store, so it is not replaced`);
  if (!overwrite) throw new Error(`${name}: exists already`);
}

/** On the disk before the name is, so that a crash leaves no empty document under it. */
async function synchronized(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}
