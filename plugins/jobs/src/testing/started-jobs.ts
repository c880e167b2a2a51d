import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JobEngine, JobsService, type StepDefinition } from "@zarr-gateway/jobs";
import { definePlugin, type Plugin } from "@zarr-gateway/plugin";
import { createByteCache } from "@zarr-gateway/primitives";
import { createGateway, type Gateway, silentLog } from "@zarr-gateway/server";
import jobsApi from "../api.ts";
import jobs from "../index.ts";

export interface StartedJobs {
  readonly gateway: Gateway;
  readonly engine: JobEngine;
  readonly folder: string;
  /** An answer, and its body as JSON where it is. */
  ask(
    path: string,
    init?: RequestInit,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly answer: Response }>;
  post(path: string, body: unknown, headers?: Record<string, string>): ReturnType<StartedJobs["ask"]>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly folder?: string;
  readonly jobs?: object;
  readonly plugins?: readonly Plugin<unknown>[];
  readonly trustedProxies?: readonly string[];
}

/** A gateway with jobs of one step, `count`, which does what a test wants. For the tests of this package. */
export async function startJobs(
  step: Partial<StepDefinition> = {},
  options: StartOptions = {},
): Promise<StartedJobs> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "jobs-")));
  let engine: JobEngine | undefined;
  const definitions = definePlugin({
    name: "definitions",
    version: "0.1.0",
    prefix: "",
    options: { parse: (input: unknown) => input },
    requires: [JobsService],
    setup(host) {
      engine = host.use(JobsService).engine;
      engine.defineStep({ name: "count", retry: { maxAttempts: 1 }, run: async () => null, ...step });
      engine.defineJob({
        name: "counting",
        description: "Counts",
        schema: { type: "object" },
        params: { parse: (input: unknown) => input },
        plan: (input) => [
          { key: "all", input: JSON.parse(JSON.stringify(input)) as null, steps: [{ step: "count" }] },
        ],
      });
      return {};
    },
  });
  const settings = {
    database: `sqlite:${join(folder, "jobs.db")}`,
    results: { path: join(folder, "results"), maxBytes: 1e9 },
    ...options.jobs,
  };
  const gateway = await createGateway({
    plugins: [
      { plugin: jobs, options: settings },
      { plugin: definitions },
      ...(options.plugins ?? []).map((plugin) => ({ plugin })),
      { plugin: jobsApi },
    ],
    cache: createByteCache(0),
    pool: {
      run: () => Promise.reject(new Error("no pool")),
      queued: 0,
      running: 0,
      close: async () => undefined,
    },
    log: silentLog(),
    ...(options.trustedProxies && { trustedProxies: options.trustedProxies }),
  });
  if (engine === undefined) throw new Error("no engine");
  const ask: StartedJobs["ask"] = async (path, init) => {
    const answer = await gateway.request(path, init);
    const isJson = /json/.test(answer.headers.get("content-type") ?? "");
    return { status: answer.status, body: isJson ? await answer.json() : undefined, answer };
  };
  return {
    gateway,
    engine,
    folder,
    ask,
    post: (path, body, headers = {}) => ask(path, { method: "POST", body: JSON.stringify(body), headers }),
    stop: async () => {
      await gateway.close();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
