import { join } from "node:path";
import type {
  JobEngine,
  JobFolders,
  JobRecord,
  Json,
  ResultEntry,
  StepContext,
  StepDefinition,
} from "@zarr-gateway/jobs";
import { GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { type ObjectWriter, openObjectWriter, type UploadSource } from "@zarr-gateway/stores";
import { z } from "zod";
import type { AttemptFiles } from "../files/attempt-files.ts";
import { manifestOf } from "../job-results.ts";
import { STORE_STEP } from "../job-run.ts";
import { type ManifestIndex, readManifestIndex, readPage } from "../manifest/manifest-file.ts";
import { noteCopy, type RemoteStores } from "./remote-copies.ts";
import {
  below,
  isWithin,
  locationOf,
  parseTarget,
  remotePath,
  type StorageTarget,
} from "./storage-target.ts";
import { UploadLog } from "./upload-log.ts";
import { UploadRoom } from "./upload-room.ts";

export interface StoreStepOptions {
  readonly engine: Pick<JobEngine, "get">;
  readonly folders: JobFolders;
  readonly files: AttemptFiles;
  readonly stores: RemoteStores;
  /** Where results may be stored. */
  readonly allow: readonly StorageTarget[];
  /** For stores that take smaller parts than the clouds do. */
  readonly partBytes?: number;
  /** A token of the store itself for reading what was stored. */
  readonly token?: (location: URL, job: JobRecord) => Promise<StoredToken | undefined>;
}

export interface StoredToken {
  readonly query: string;
  readonly url: string;
  readonly expiresAt: number;
}

/** Output of the step, as it stands in the record. */
export const storeOutput = z.object({
  storageType: z.enum(["s3", "azure", "google"]),
  remotePath: z.string(),
  location: z.string(),
  account: z.string().optional(),
  blobUrl: z.string().optional(),
  files: z.int(),
  bytes: z.int(),
  signedUrl: z.string().optional(),
  expiresAt: z.number().optional(),
});

const settingsSchema = z.object({ target: z.string() });
/** Files of one job on their way at once; large ones go in several parts besides. */
const CONCURRENT_FILES = 8;
const CONCURRENT_PARTS = 4;
const PART_BYTES = 8 * 1024 ** 2;
/** A file has no more parts than this: S3 and Google take 10 000. */
const MAX_PARTS = 9000;
/** Of all jobs of this process. */
const ROOM_BYTES = 64 * 1024 ** 2;

/** Copies the results of a job into an object store. */
export function storeStep(options: StoreStepOptions): StepDefinition {
  const room = new UploadRoom(ROOM_BYTES);
  return {
    name: STORE_STEP,
    retry: { maxAttempts: 5, delayMs: 2000, maxDelayMs: 60_000 },
    run: async (_input, settings, context) => {
      const target = parseTarget(settingsSchema.parse(settings).target);
      // looked at again here: what is allowed may have changed since the job was taken
      assertAllowed(target, options.allow);
      return store(target, context, { ...options, room });
    },
  };
}

/** @throws GatewayError forbidden */
export function assertAllowed(target: StorageTarget, allow: readonly StorageTarget[]): void {
  if (allow.some((place) => isWithin(target, place))) return;
  throw new GatewayError(
    "forbidden",
    `results may not be stored at ${remotePath(target)} (jobs.objectStorage.allow)`,
  );
}

type Storing = StoreStepOptions & { readonly room: UploadRoom };

async function store(base: StorageTarget, context: StepContext, options: Storing): Promise<Json> {
  const { engine, folders, stores, partBytes = PART_BYTES } = options;
  const job = await engine.get(context.jobId);
  const output = job && manifestOf(job);
  if (job === undefined || output === undefined)
    throw new GatewayError("invalid_request", `"${STORE_STEP}" comes after "results.manifest"`);
  const target = below(base, [job.definition, job.id]);
  const location = locationOf(target);
  await noteCopy(folders, job.id, { fence: context.attempt, location });
  const manifest = join(folders.published(job.id), output.manifest);
  const index = await readManifestIndex(manifest, { ...output, job: job.id });
  if (index === undefined) throw new GatewayError("upstream", "the manifest of the results is gone");
  const writer = openObjectWriter(location, { ...stores, partBytes, concurrentParts: CONCURRENT_PARTS });
  await copyAll({ job, manifest, index, writer, location }, context, options);
  const token = await options.token?.(location, job);
  return {
    storageType: target.service,
    remotePath: remotePath(target),
    location: location.href,
    files: index.total.files,
    bytes: index.total.bytes,
    ...azureFields(target, output.datasets),
    ...(token && { signedUrl: `${token.url}*?${token.query}`, expiresAt: token.expiresAt }),
  };
}

interface Copying {
  readonly job: JobRecord;
  readonly manifest: string;
  readonly index: ManifestIndex;
  readonly writer: ObjectWriter;
  readonly location: URL;
}

async function copyAll(
  { job, manifest, index, writer, location }: Copying,
  context: StepContext,
  { folders, files, room, partBytes = PART_BYTES }: Storing,
): Promise<void> {
  const { signal } = context;
  const log = await UploadLog.open(join(folders.published(job.id), UploadLog.nameOf(location)));
  const folder = folders.attempt(job.id, index.attempt);
  let bytes = 0;
  try {
    for (let page = 0; page < index.pages.length; page += 1) {
      const entries = await readPage(manifest, index, page, { signal });
      await mapConcurrently(entries, CONCURRENT_FILES, async (entry) => {
        const source = sourceOf(entry, files, folder);
        const copy = (): Promise<void> => copyOne(entry, { writer, log, source }, signal);
        if (!log.done.has(entry.path)) await room.with(heldBytes(entry.size, partBytes), copy, { signal });
        bytes += entry.size;
        const fraction = index.total.bytes === 0 ? 1 : bytes / index.total.bytes;
        context.progress({ fraction, message: "storing results" });
      });
    }
  } finally {
    await log.close();
  }
}

/** Of a file on its way: all of a small one, of others the parts on their way and the one that is read. */
function heldBytes(size: number, partBytes: number): number {
  return size <= partBytes
    ? size
    : Math.min(size, (CONCURRENT_PARTS + 1) * Math.max(partBytes, size / MAX_PARTS));
}

async function copyOne(
  { path }: ResultEntry,
  {
    writer,
    log,
    source,
  }: { readonly writer: ObjectWriter; readonly log: UploadLog; readonly source: UploadSource },
  signal: AbortSignal,
): Promise<void> {
  const notes: Promise<void>[] = [];
  await writer.put(path, source, {
    signal,
    resume: log.begun.get(path),
    onState: (state) => notes.push(log.continued(path, state)),
  });
  await Promise.all(notes);
  await log.arrived(path);
}

function sourceOf(
  { path, size, mediaType, sha256 }: ResultEntry,
  files: AttemptFiles,
  folder: string,
): UploadSource {
  return {
    size,
    mediaType,
    sha256,
    async read(offset, length, options) {
      const bytes = await files.store(folder).get(path, { ...options, range: { offset, length } });
      if (bytes === undefined) throw new GatewayError("upstream", `"${path}" of the results is gone`);
      return bytes;
    },
  };
}

/** What Foundry's clients look for: the account, and the address of the first file. */
function azureFields(target: StorageTarget, datasets: readonly string[]): Record<string, string> {
  const { service, account, container = "", folders } = target;
  if (service !== "azure" || account === undefined) return {};
  const first =
    datasets.find((name) => /\.nc4?$/.test(name)) ?? datasets.find((name) => name.endsWith(".zarr")) ?? "";
  const path = [container, ...folders, first].map(encodeURIComponent).join("/");
  return { account, blobUrl: `https://${account}.blob.core.windows.net/${path}` };
}
