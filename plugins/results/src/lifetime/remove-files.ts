import { randomUUID } from "node:crypto";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { JobFolders } from "@zarr-gateway/jobs";
import { isAbsent } from "@zarr-gateway/primitives";

/** What a step wrote for a job, and what is on its way out; logs belong to others. */
const RESULTS = /^(?:attempt-\d+|published)$/;
const LEAVING = /^leaving-/;

/**
 * Removes the results of a job from this disk; again after a crash. Each folder is taken away as a whole before its files
 * go: a store of which some chunks are gone would read as fill values.
 */
export async function removeFiles(folders: JobFolders, job: string): Promise<void> {
  const folder = folders.of(job);
  for (const name of await namesIn(folder)) {
    if (RESULTS.test(name)) await takeAway(folder, name);
    else if (LEAVING.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  // a folder with logs stays
  await rmdir(folder).catch(() => undefined);
}

/** What takes room: the files of the attempts themselves. */
export async function removeAttempts(folders: JobFolders, job: string): Promise<void> {
  const folder = folders.of(job);
  for (const name of await namesIn(folder)) if (name.startsWith("attempt-")) await takeAway(folder, name);
}

/** One folder of a job, as a whole. */
export async function takeAway(folder: string, name: string): Promise<void> {
  const leaving = join(folder, `leaving-${name}-${randomUUID()}`);
  try {
    await rename(join(folder, name), leaving);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  await rm(leaving, { recursive: true, force: true });
}

export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
