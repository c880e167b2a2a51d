import { join } from "node:path";
import {
  type Json,
  jobFolders,
  type RunOutput,
  type StepContext,
  type StepProgress,
} from "@zarr-gateway/jobs";
import type { DatasetCatalog } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { ChildPool } from "../execution/child-pool.ts";
import type { ChildProgramOptions } from "../execution/child-program.ts";
import { DatasetServer } from "../execution/dataset-server.ts";
import type { KnownWorkflow } from "../execution/known-workflow.ts";
import { readableFolders } from "../execution/readable-folders.ts";
import { runStep } from "../execution/run-step.ts";
import type { RunLimits } from "../execution/watched-limits.ts";

export interface HarnessOptions {
  /** For results. */
  readonly folder: string;
  readonly datasets?: Pick<DatasetCatalog, "lease">;
  readonly limits?: Partial<RunLimits>;
  readonly graceMs?: number;
  /** Of the heap's limit. */
  readonly memoryBytes?: number;
  readonly python?: string;
  /** Folders of workflows beside those of this package. */
  readonly directories?: readonly string[];
  readonly readable?: readonly string[];
  readonly writable?: readonly string[];
  readonly allow?: ChildProgramOptions["allow"];
}

export interface RunAsked {
  readonly file: string;
  /** Of several in a file. */
  readonly name?: string;
  readonly parameters: { readonly [name: string]: Json };
  readonly config?: Json;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** 1 unless told. */
  readonly maxAttempts?: number;
  readonly attempt?: number;
  readonly failures?: number;
  readonly onProgress?: (news: StepProgress) => void;
}

export interface Ran {
  readonly output: RunOutput;
  readonly folder: string;
  readonly lines: readonly string[];
}

/** Runs workflows as the engine does, without one. */
export class RunHarness {
  readonly pool: ChildPool;
  readonly states: string[] = [];
  /** Of the latest run. */
  lines: string[] = [];
  readonly #server: DatasetServer;
  readonly #options: HarnessOptions;
  #count = 0;

  static async create(options: HarnessOptions): Promise<RunHarness> {
    const { directories = [], readable = [] } = options;
    return new RunHarness(options, await readableFolders({ directories, readable }));
  }

  private constructor(options: HarnessOptions, readable: readonly string[]) {
    this.#options = options;
    const none = { lease: () => Promise.reject(new GatewayError("not_found", "no datasets here")) };
    this.#server = new DatasetServer({ datasets: options.datasets ?? none });
    this.pool = new ChildPool({
      datasets: this.#server,
      program: {
        ...{ allow: options.allow ?? [], readable, writable: options.writable ?? [] },
        memoryBytes: options.memoryBytes ?? 2 ** 30,
      },
      maxIdle: 1,
      ...(options.python !== undefined && {
        python: {
          ...{ interpreter: options.python, results: options.folder },
          fileBytes: options.limits?.resultBytes ?? 2 ** 40,
        },
      }),
      hidden: [
        { path: import.meta.dirname, shown: "" },
        { path: options.folder, shown: "results" },
      ],
      log: () => undefined,
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    });
  }

  async run(asked: RunAsked): Promise<Ran> {
    const folders = jobFolders(this.#options.folder);
    const workflow: KnownWorkflow = {
      ...{
        name: `${asked.name ?? ""} of ${asked.file}`,
        description: "",
        schema: {},
        timeoutMs: asked.timeoutMs ?? 60_000,
        maxAttempts: asked.maxAttempts ?? 1,
      },
      place: {
        file: join(import.meta.dirname, asked.file),
        ...(asked.name !== undefined && { name: asked.name }),
      },
      config: asked.config ?? {},
      check: () => Promise.resolve(),
    };
    const step = runStep(workflow, {
      ...{ pool: this.pool, folders, format: "zarr", gatewayVersion: "test", setupTimeoutMs: 30_000 },
      layout: { compressor: "zstd", shard: 1 },
      limits: { memoryBytes: 2 ** 40, resultBytes: 2 ** 40, silentMs: 60_000, ...this.#options.limits },
      onState: (_, state) => this.states.push(state instanceof Error ? state.message : state),
    });
    this.#count += 1;
    const lines: string[] = [];
    this.lines = lines;
    const jobId = `job-${this.#count}`;
    const context: StepContext = {
      ...{
        jobId,
        taskKey: "run",
        stepName: "run",
        attempt: asked.attempt ?? 1,
        failures: asked.failures ?? 0,
      },
      signal: asked.signal ?? new AbortController().signal,
      progress: (news) => asked.onProgress?.(news),
      log: (text) => lines.push(text),
    };
    const output = await step.run({ parameters: asked.parameters, sent: [] }, null, context);
    return { output: output as unknown as RunOutput, folder: folders.attempt(jobId, 1), lines };
  }

  async close(): Promise<void> {
    await this.pool.close();
    await this.#server.close();
  }
}
