import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobFolders } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { openObjectWriter, type RemoteConnections, type StoreCredentials } from "@zarr-gateway/stores";
import { namesIn } from "../lifetime/remove-files.ts";
import { UploadLog } from "./upload-log.ts";

export interface RemoteStores {
  readonly credentials: readonly StoreCredentials[];
  readonly connections: RemoteConnections;
}

/** Objects removed at once. */
const CONCURRENT = 16;
/** Objects asked for before they are removed. */
const BATCH = 1000;
const COPY = /^copy-\d+\.json$/;

/** Notes, before the first object is written, where copies will lie: whatever happens then, they can be removed. */
export async function noteCopy(
  folders: JobFolders,
  job: string,
  copy: { readonly fence: number; readonly location: URL },
): Promise<void> {
  await mkdir(folders.published(job), { recursive: true });
  const file = await open(join(folders.published(job), `copy-${copy.fence}.json`), "w");
  try {
    await file.writeFile(JSON.stringify({ location: copy.location.href }));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes what was copied of a job's results; again after a crash. */
export async function removeCopies(
  folders: JobFolders,
  job: string,
  { credentials, connections, ...options }: RemoteStores & CallOptions,
): Promise<void> {
  const folder = folders.published(job);
  const notes = (await namesIn(folder)).filter((name) => COPY.test(name));
  for (const name of notes) {
    const location = await copyAt(join(folder, name), job);
    const writer = openObjectWriter(location, { credentials, connections });
    const unfinished = await UploadLog.unfinished(join(folder, UploadLog.nameOf(location)));
    for (const [key, state] of unfinished) await writer.abandon?.(key, state, options);
    let batch: string[] = [];
    const flush = async (): Promise<void> => {
      await mapConcurrently(batch, CONCURRENT, (key) => writer.remove(key, options));
      batch = [];
    };
    for await (const key of writer.keys("", options)) if (batch.push(key) >= BATCH) await flush();
    await flush();
    await rm(join(folder, name), { force: true });
  }
}

/** A folder of a job alone: a note that names anything else removes nothing. */
async function copyAt(path: string, job: string): Promise<URL> {
  const { location } = JSON.parse(await readFile(path, "utf8")) as { readonly location?: unknown }; // checked below
  const url = URL.parse(String(location));
  if (url?.pathname.endsWith(`/${job}/`) === true) return url;
  throw new GatewayError("internal", `the note on copies of "${job}" does not name a folder of it`);
}
