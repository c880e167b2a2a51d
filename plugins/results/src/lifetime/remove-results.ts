import type { JobFolders } from "@zarr-gateway/jobs";
import { type RemoteStores, removeCopies } from "../storage/remote-copies.ts";
import { removeAttempts, removeFiles } from "./remove-files.ts";

/**
 * Removes all that a job left: what takes room here first, then its copies, and last the notes on where they were, so that
 * a failure in between leaves what it takes to go on.
 */
export async function removeResults(folders: JobFolders, job: string, stores: RemoteStores): Promise<void> {
  await removeAttempts(folders, job);
  await removeCopies(folders, job, stores);
  await removeFiles(folders, job);
}
