import { hash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import type { JobEngine, JobFolders, JobRecord } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, isGatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { netcdfOpener, openZarr } from "@zarr-gateway/sources";
import type { ByteStore, OpenFiles } from "@zarr-gateway/stores";
import type { AttemptFiles } from "../files/attempt-files.ts";
import { expired, manifestOf } from "../job-results.ts";
import { type RunState, runState } from "../job-run.ts";
import { awaitedStore, type WaitingReads, type WriterState } from "./awaited-store.ts";
import { datasetFiles, fileOf, type JobDatasetId } from "./dataset-names.ts";
import type { GoneJobs } from "./gone-jobs.ts";
import { withProvenance } from "./provenance-attributes.ts";
import { WholeShards } from "./whole-shards.ts";

export interface OpenResultContext {
  readonly engine: Pick<JobEngine, "get">;
  readonly folders: JobFolders;
  readonly files: AttemptFiles;
  readonly openFiles: OpenFiles;
  readonly coder: ChunkCoder;
  readonly pool: WorkerPool;
  readonly waiting: WaitingReads;
  /** How long a chunk is waited for that is not written yet. */
  readonly waitMs: number;
  readonly gone?: Pick<GoneJobs, "has">;
}

/** A run whose files are read now. */
interface Source {
  readonly job: JobRecord;
  readonly attempt: number;
  readonly isLive: boolean;
  readonly file: string;
}

const RETRY_AFTER_S = 2;
/** Between two looks at the record for all who wait for chunks of one dataset. */
const LOOK_MS = 200;

/**
 * A dataset of a job: what its run writes now, or what it has written. undefined: there is no such job, or its result holds none.
 * @throws GatewayError expired, overloaded while it is not there yet, upstream where the run failed
 */
export async function openResult(
  id: JobDatasetId,
  context: OpenResultContext,
  options: CallOptions,
): Promise<Dataset | undefined> {
  const job = await context.engine.get(id.job, options);
  if (job === undefined && context.gone?.has(id.job) === true) throw expired(id.job);
  if (job === undefined) return undefined;
  const source = await sourceOf(job, id, context, options);
  if (source === undefined) return undefined;
  const opened = source.file.endsWith(".zarr")
    ? await openStore(source, context, options)
    : await openFile(source, context, options);
  return asResult(opened, source, context);
}

async function sourceOf(
  job: JobRecord,
  id: JobDatasetId,
  context: OpenResultContext,
  options: CallOptions,
): Promise<Source | undefined> {
  if (job.expiredAt !== undefined) throw expired(job.id);
  const run = runState(job);
  switch (run.state) {
    case "none":
      return undefined;
    case "waiting":
      throw notYet(job.id);
    case "failed":
      throw failed(job, run);
    case "running": {
      const names = await liveStores(job.id, run.attempt, context, options);
      const file = fileOf(id, names);
      if (file === undefined) throw notYet(job.id);
      return { job, attempt: run.attempt, isLive: true, file };
    }
    case "finished": {
      const file = fileOf(id, await finishedNames(job, run.attempt, context, options));
      return file === undefined ? undefined : { job, attempt: run.attempt, isLive: false, file };
    }
  }
}

/** Stores that can be opened while they are written: those with metadata. A NetCDF file is whole only at the end. */
export async function liveStores(
  job: string,
  attempt: number,
  { folders, files }: Pick<OpenResultContext, "folders" | "files">,
  options: CallOptions,
): Promise<string[]> {
  const folder = folders.attempt(job, attempt);
  const names = (await files.names(folder, "", options)) ?? [];
  const markers: string[] = [];
  for (const name of names) {
    if (!name.endsWith(".zarr/")) continue;
    const inside = (await files.names(folder, name.slice(0, -1), options)) ?? [];
    markers.push(...inside.map((one) => name + one));
  }
  return datasetFiles(markers);
}

async function finishedNames(
  job: JobRecord,
  attempt: number,
  context: OpenResultContext,
  options: CallOptions,
): Promise<readonly string[]> {
  const folder = context.folders.attempt(job.id, attempt);
  const names = await context.files.names(folder, "", options);
  if (names === undefined) throw expired(job.id);
  const listed = manifestOf(job)?.datasets;
  if (listed !== undefined) return listed;
  return [...(await liveStores(job.id, attempt, context, options)), ...datasetFiles(names)];
}

async function openStore(source: Source, context: OpenResultContext, options: CallOptions): Promise<Dataset> {
  const { job, attempt, file, isLive } = source;
  const store = context.files.store(join(context.folders.attempt(job.id, attempt), file));
  const { coder } = context;
  const read = isLive ? awaited(store, source, context) : store;
  try {
    return await openZarr(read, { coder, name: "results", signal: options.signal });
  } catch (error) {
    // its writer may be in the middle of its metadata
    if (isLive && isGatewayError(error) && error.code === "upstream") throw notYet(job.id, error);
    throw error;
  }
}

function awaited(store: ByteStore, source: Source, context: OpenResultContext): ByteStore {
  const { waiting, waitMs } = context;
  const shards = new WholeShards(store);
  const isWhole = (key: string, call: CallOptions): Promise<boolean> => shards.has(key, call);
  return awaitedStore(store, { writer: writerOf(source, context), isWhole, waiting, waitMs });
}

function openFile(source: Source, context: OpenResultContext, options: CallOptions): Promise<Dataset> {
  const folder = context.folders.attempt(source.job.id, source.attempt);
  const stores = { allow: [pathToFileURL(`${folder}/`)], files: context.openFiles };
  const opener = netcdfOpener({ stores, pool: context.pool, coder: context.coder });
  return opener.open(pathToFileURL(join(folder, source.file)), options);
}

/** With its origin, and a version that is another one when the run has ended: what was made of a part of it is stale then. */
function asResult(opened: Dataset, source: Source, context: OpenResultContext): Dataset {
  const { job, attempt, isLive } = source;
  const state = isLive ? "live" : (manifestOf(job)?.digest ?? "over");
  const version = hash("sha256", JSON.stringify([opened.version, job.id, attempt, state]), "base64url");
  return {
    ...opened,
    attrs: withProvenance(opened.attrs, job),
    version,
    ...(isLive && { readsMayWait: true as const }),
    async isCurrent(options = {}) {
      const now = await context.engine.get(job.id, options);
      if (now === undefined || now.expiredAt !== undefined) return false;
      if (
        !isSameState(runState(now), source) ||
        (!isLive && manifestOf(now)?.digest !== manifestOf(job)?.digest)
      )
        return false;
      return (await opened.isCurrent?.(options)) ?? true;
    },
  };
}

function isSameState(run: RunState, { attempt, isLive }: Source): boolean {
  return run.state === (isLive ? "running" : "finished") && "attempt" in run && run.attempt === attempt;
}

/** Asks the record at most every `LOOK_MS`, for all chunks together. */
function writerOf(
  source: Source,
  { engine }: OpenResultContext,
): (options: CallOptions) => Promise<WriterState> {
  let look: { readonly at: number; readonly state: Promise<WriterState> } | undefined;
  const ask = async (): Promise<WriterState> => {
    const job = await engine.get(source.job.id);
    if (job === undefined) return "left";
    const run = runState(job);
    if (isSameState(run, source)) return "writing";
    return run.state === "finished" && run.attempt === source.attempt ? "done" : "left";
  };
  return (_options) => {
    const now = performance.now();
    if (look === undefined || now - look.at >= LOOK_MS) look = { at: now, state: ask() };
    return look.state;
  };
}

function notYet(job: string, cause?: unknown): GatewayError {
  const message = `the run of "${job}" has written no dataset yet, try again in ${RETRY_AFTER_S} s`;
  return new GatewayError("overloaded", message, { retryAfterSeconds: RETRY_AFTER_S, job }, cause);
}

/** Not "not found", which is a statement about chunks to clients that have the dataset open. */
function failed(job: JobRecord, run: RunState & { readonly state: "failed" }): GatewayError {
  const why = job.cancelRequestedAt === undefined ? `failed: ${run.reason}` : "was cancelled";
  return new GatewayError("upstream", `the run that makes the dataset "${job.id}" ${why}`, { job: job.id });
}
