import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { JobFolders, Json, ResultEntry, StepContext, StepDefinition } from "@zarr-gateway/jobs";
import { GatewayError, isAbsent, mapConcurrently } from "@zarr-gateway/primitives";
import { z } from "zod";
import { datasetFiles } from "../datasets/dataset-names.ts";
import { MANIFEST_STEP } from "../job-run.ts";
import { namesIn, takeAway } from "../lifetime/remove-files.ts";
import { sortedPaths } from "./entry-order.ts";
import { FileHashes } from "./hash-file.ts";
import { emptyManifest, type ManifestHead, type ManifestIndex, writeManifest } from "./manifest-file.ts";
import { mediaTypeOf } from "./media-type.ts";
import { type WalkOptions, walkResults } from "./walk-results.ts";

/** Output of the step: plain JSON, as it stands in the job's record. */
export interface ManifestOutput {
  readonly attempt: number;
  /** Name in the folder of what is published, without extension. */
  readonly manifest: string;
  readonly createdAt: number;
  readonly files: number;
  readonly bytes: number;
  /** Names of what lies at the top and can be a dataset. */
  readonly datasets: readonly string[];
  /** SHA-256 of the manifest: another one, other results. */
  readonly digest: string;
}

export const manifestOutput = z.object({
  attempt: z.int().min(1),
  manifest: z.string().regex(/^manifest-\d+$/),
  createdAt: z.number(),
  files: z.int().min(0),
  bytes: z.int().min(0),
  datasets: z.array(z.string()),
  digest: z.string(),
}) satisfies z.ZodType<ManifestOutput>;

export interface ManifestStepOptions {
  readonly folders: JobFolders;
  readonly maxFiles: number;
  readonly now: () => number;
}

/** What the step `run` gives; whatever stands beside it. */
const runOutput = z.object({ attempt: z.int().min(1) });
const outputs = z.object({ run: runOutput });

/** Files hashed at once: chunks are small, and most of the time goes into opening them. */
const CONCURRENT_FILES = 8;

/** Lists what a run left, with sizes and checksums; attempts that do not count are removed afterwards. */
export function manifestStep(options: ManifestStepOptions): StepDefinition {
  return {
    name: MANIFEST_STEP,
    retry: { maxAttempts: 3, delayMs: 500 },
    isBrief: true,
    run: (input, _settings, context) => publish(attemptOf(input), context, options),
  };
}

/** After the step `run` alone its output is the input; after several it stands below the name. */
function attemptOf(input: Json): number {
  const attempt = runOutput.safeParse(input).data?.attempt ?? outputs.safeParse(input).data?.run.attempt;
  if (attempt !== undefined) return attempt;
  throw new GatewayError(
    "invalid_request",
    `"${MANIFEST_STEP}" expects the output of the step "run": { attempt }`,
  );
}

async function publish(
  attempt: number,
  context: StepContext,
  { folders, maxFiles, now }: ManifestStepOptions,
): Promise<Json> {
  const { jobId, signal } = context;
  const folder = folders.attempt(jobId, attempt);
  const onLeftOut = (path: string): void =>
    context.log(`left out of the results, not a regular file: ${path}`);
  const paths = await walked(folder, { maxFiles, onLeftOut, signal });
  const entries = sortedPaths(await hashAll(folder, paths, context));
  const manifest = `manifest-${context.attempt}`;
  const createdAt = now();
  const of = { job: jobId, attempt, createdAt };
  const isEmpty = entries.length === 0;
  const index = isEmpty ? emptyManifest(of) : await written(folders.published(jobId), manifest, entries, of);
  // Nobody came before the first. Who came after it, and does not count, began after a loss of power: that goes with the job.
  if (attempt > 1) await removeOtherAttempts(folders, jobId, attempt);
  const { files, bytes } = index.total;
  const datasets = datasetFiles(entries.map(({ path }) => path));
  return { attempt, manifest, createdAt, files, bytes, datasets, digest: index.digest };
}

/** A run that wrote nothing may have no folder: its results are empty, and that is no result that was removed. */
async function walked(folder: string, options: WalkOptions): Promise<string[]> {
  try {
    return await walkResults(folder, options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await mkdir(folder, { recursive: true });
    return walkResults(folder, options);
  }
}

async function written(
  folder: string,
  name: string,
  entries: readonly ResultEntry[],
  of: ManifestHead,
): Promise<ManifestIndex> {
  await mkdir(folder, { recursive: true });
  return writeManifest(join(folder, name), entries, of);
}

async function hashAll(
  folder: string,
  paths: readonly string[],
  { signal, progress }: StepContext,
): Promise<ResultEntry[]> {
  let done = 0;
  await using hashes = new FileHashes();
  // awaited here: the thread goes when all is hashed
  return await mapConcurrently(paths, CONCURRENT_FILES, async (path) => {
    const digest = await hashes.of(join(folder, path), { signal });
    done += 1;
    if (done % 100 === 0 || done === paths.length)
      progress({
        fraction: done / paths.length,
        message: "listing results",
        current: done,
        total: paths.length,
      });
    return { path, mediaType: mediaTypeOf(path), ...digest };
  });
}

async function removeOtherAttempts(folders: JobFolders, job: string, attempt: number): Promise<void> {
  const kept = `attempt-${attempt}`;
  const names = await namesIn(folders.of(job));
  const others = names.filter((name) => /^attempt-\d+$/.test(name) && name !== kept);
  for (const name of others) await takeAway(folders.of(job), name);
}
