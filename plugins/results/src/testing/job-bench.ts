import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  createJobEngine,
  type JobEngine,
  type JobEngineOptions,
  type JobFolders,
  type JobRecord,
  type Json,
  jobFolders,
  jobState,
  memoryJobStore,
  type StepCall,
  type StepContext,
  type StepDefinition,
} from "@zarr-gateway/jobs";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { MANIFEST_STEP, RUN_STEP } from "../job-run.ts";
import { manifestStep } from "../manifest/manifest-step.ts";

export type Run = (folder: string, context: StepContext) => Promise<void>;

export interface JobBench extends AsyncDisposable {
  readonly engine: JobEngine;
  readonly folders: JobFolders;
  submit(id?: string): Promise<string>;
  /** When it has ended. */
  ended(id: string): Promise<JobRecord>;
  record(id: string): Promise<JobRecord>;
}

export interface JobBenchOptions extends Partial<JobEngineOptions> {
  readonly run: Run;
  /** After run and manifest. */
  readonly steps?: readonly StepDefinition[];
  /** The same, of steps that need the folders. */
  readonly lateSteps?: (folders: JobFolders) => readonly StepDefinition[];
  readonly calls?: readonly StepCall[];
  readonly maxFiles?: number;
  /** Of the run; one unless told. */
  readonly attempts?: number;
}

/** An engine in memory whose one definition runs a function in the folder of its attempt and lists what it left. */
export async function jobBench({ run, steps = [], ...options }: JobBenchOptions): Promise<JobBench> {
  const folder = await temporaryFolder();
  const folders = jobFolders(folder.path);
  const engine = createJobEngine({ store: memoryJobStore(), pollMs: 5, concurrency: 4, ...options });
  engine.defineStep({
    name: "bench.run",
    retry: { maxAttempts: options.attempts ?? 1, delayMs: 1 },
    run: (_input, _settings, context) => runIn(folders, run, context),
  });
  engine.defineStep(manifestStep({ folders, maxFiles: options.maxFiles ?? 1000, now: Date.now }));
  for (const step of [...steps, ...(options.lateSteps?.(folders) ?? [])]) engine.defineStep(step);
  const calls: readonly StepCall[] = [
    { step: "bench.run", name: RUN_STEP },
    { step: MANIFEST_STEP, phase: "publishing" },
    ...(options.calls ?? []),
  ];
  engine.defineJob({
    name: "bench",
    params: { parse: (input: unknown) => input },
    plan: () => [{ key: "all", input: null, steps: calls }],
  });
  engine.start();
  const record = async (id: string): Promise<JobRecord> => {
    const job = await engine.get(id);
    if (job === undefined) throw new Error(`there is no job ${id}`);
    return job;
  };
  return {
    engine,
    folders,
    record,
    submit: async (id) => (await engine.submit("bench", {}, id === undefined ? {} : { id })).id,
    async ended(id) {
      for await (const event of engine.watch(id)) void event;
      return record(id);
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await folder.remove();
    },
  };
}

async function runIn(folders: JobFolders, run: Run, context: StepContext): Promise<Json> {
  const folder = folders.attempt(context.jobId, context.attempt);
  await mkdir(folder, { recursive: true });
  await run(folder, context);
  return {
    attempt: context.attempt,
    metadata: { done: true },
    seconds: 0.1,
    provenance: { seed: 7, model: { sha256: "ab" } },
  };
}

export async function put(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

/** The metadata of a store `x(lead_time=4, y=2)` of float32 with one uncompressed chunk a lead time; fill is 0. */
export async function putStore(folder: string, name = "results.zarr"): Promise<void> {
  const array = {
    zarr_format: 3,
    node_type: "array",
    shape: [4, 2],
    data_type: "float32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [1, 2] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    dimension_names: ["lead_time", "y"],
    attributes: {},
  };
  const consolidated = { kind: "inline", must_understand: false, metadata: { x: array } };
  await put(folder, `${name}/x/zarr.json`, JSON.stringify(array));
  await put(
    folder,
    `${name}/zarr.json`,
    JSON.stringify({
      zarr_format: 3,
      node_type: "group",
      attributes: { title: "t" },
      consolidated_metadata: consolidated,
    }),
  );
}

export function putChunk(folder: string, lead: number, name = "results.zarr"): Promise<void> {
  return put(folder, `${name}/x/c/${lead}/0`, new Uint8Array(new Float32Array([lead, lead + 0.5]).buffer));
}

export async function isExpired(bench: JobBench, id: string): Promise<boolean> {
  return jobState(await bench.record(id)) === "expired";
}
