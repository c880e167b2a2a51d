import { join } from "node:path";
import {
  type JobFolders,
  type JobRecord,
  type JobResults,
  jobState,
  type ResultFile,
  type ResultManifest,
  type StoredResults,
} from "@zarr-gateway/jobs";
import { type ByteCache, type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { archiveFile } from "./archive/archive-file.ts";
import type { AttemptFiles } from "./files/attempt-files.ts";
import { keptFile } from "./files/kept-file.ts";
import { resultPath } from "./files/result-path.ts";
import { latestAttempt, MANIFEST_STEP, runState, stepNamed } from "./job-run.ts";
import type { Removals } from "./lifetime/removals.ts";
import { type ManifestIndex, readEntries, readManifestIndex, readPage } from "./manifest/manifest-file.ts";
import { type ManifestOutput, manifestOutput } from "./manifest/manifest-step.ts";

export interface JobResultsOptions {
  readonly folders: JobFolders;
  readonly files: AttemptFiles;
  readonly stored: (job: JobRecord) => StoredResults | undefined;
  readonly remove: (job: JobRecord, options: CallOptions) => Promise<void>;
  readonly removals?: Removals;
  /** For small files of runs that are over. */
  readonly cache?: ByteCache;
}

/** Manifests whose index is kept: about 60 bytes for each thousand files. */
const MAX_INDEXES = 256;

/** What jobs left behind, read from their folders as their records say. */
export function jobResults(options: JobResultsOptions): JobResults {
  const { folders, files } = options;
  const indexes = new ManifestIndexes(options);
  /** Where the files of the attempt lie that counts now; undefined: none was begun. */
  const folderOf = (job: JobRecord): string | undefined => {
    if (jobState(job) === "expired") throw expired(job.id);
    const attempt = latestAttempt(runState(job));
    return attempt === 0 ? undefined : folders.attempt(job.id, attempt);
  };
  /** Nothing was found: because there is nothing, or because all was removed to make room, before its time. */
  const nothingIn = async (job: JobRecord, folder: string, call: CallOptions): Promise<undefined> => {
    if (runState(job).state !== "finished") return undefined;
    if ((await files.names(folder, "", call)) === undefined) throw expired(job.id);
    return undefined;
  };
  return {
    async manifest(job, page, call = {}): Promise<ResultManifest | undefined> {
      folderOf(job);
      const found = await indexes.of(job);
      if (found === undefined) return undefined;
      const { files: count, bytes } = found.index.total;
      const entries = await readEntries(found.path, found.index, { ...page, ...call });
      return { job: job.id, createdAt: found.index.createdAt, files: count, bytes, entries };
    },
    async file(job, asked, call = {}): Promise<ResultFile | undefined> {
      const folder = folderOf(job);
      const path = resultPath(asked);
      if (path === "")
        throw new GatewayError("invalid_request", "this is the folder of the results, not a file");
      if (path === undefined || folder === undefined) return undefined;
      const file = await files.file(folder, path, call).catch(async (error: unknown) => {
        // a run that has not made its folder yet has no files; one whose folder is gone is told below
        if ((await files.names(folder, "", call)) !== undefined) throw error;
        return undefined;
      });
      if (file === undefined) return nothingIn(job, folder, call);
      if (asked.endsWith("/")) return undefined;
      const { cache } = options;
      return cache === undefined || runState(job).state !== "finished" ? file : keptFile(file, folder, cache);
    },
    async folder(job, asked, call = {}) {
      const folder = folderOf(job);
      const path = resultPath(asked);
      if (path === undefined || folder === undefined) return undefined;
      return (await files.names(folder, path, call)) ?? nothingIn(job, folder, call);
    },
    async archive(job, root) {
      folderOf(job);
      const found = await indexes.of(job);
      if (found === undefined) return undefined;
      const { index, path } = found;
      const store = files.store(folders.attempt(job.id, index.attempt));
      return archiveFile({
        root,
        index,
        page: (number, call) => readPage(path, index, number, call),
        async read(file, range, call) {
          const bytes = await store.get(file, { ...call, range });
          if (bytes === undefined) throw new GatewayError("upstream", `"${file}" of the results is gone`);
          return bytes;
        },
      });
    },
    stored: options.stored,
    remove: (job, call = {}) => options.remove(job, call),
    onRemoval: (tell) => options.removals?.onRemoval(tell),
  };
}

interface FoundIndex {
  readonly path: string;
  readonly index: ManifestIndex;
}

/** Indexes of manifests, which never change once they are named. */
class ManifestIndexes {
  readonly #folders: JobFolders;
  readonly #files: AttemptFiles;
  readonly #known = new Map<string, ManifestIndex>();

  constructor({ folders, files }: Pick<JobResultsOptions, "folders" | "files">) {
    this.#folders = folders;
    this.#files = files;
  }

  /** undefined: the job has none, or not yet. */
  async of(job: JobRecord): Promise<FoundIndex | undefined> {
    const output = manifestOf(job);
    if (output === undefined) return undefined;
    const path = join(this.#folders.published(job.id), output.manifest);
    const index = this.#known.get(path) ?? (await this.#read(path, { ...output, job: job.id }));
    if (index === undefined) throw expired(job.id);
    this.#known.delete(path);
    this.#known.set(path, index);
    const [oldest] = this.#known.size > MAX_INDEXES ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
    return { path, index };
  }

  async #read(
    path: string,
    of: ManifestOutput & { readonly job: string },
  ): Promise<ManifestIndex | undefined> {
    const index = await readManifestIndex(path, of);
    if (index === undefined || of.files > 0) return index;
    // nothing but its folder tells an empty result from one that was removed
    const names = await this.#files.names(this.#folders.attempt(of.job, of.attempt), "", {});
    return names && index;
  }
}

/** What the step `results.manifest` said. */
export function manifestOf(job: JobRecord): ManifestOutput | undefined {
  const parsed = manifestOutput.safeParse(stepNamed(job, MANIFEST_STEP)?.output);
  return parsed.success ? parsed.data : undefined;
}

export function expired(job: string): GatewayError {
  return new GatewayError("expired", `the results of "${job}" were removed when their time was over`, {
    job,
  });
}
