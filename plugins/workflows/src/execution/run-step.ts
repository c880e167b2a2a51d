import { createHash, randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { JobFolders, Json, RunOutput, StepContext, StepDefinition } from "@zarr-gateway/jobs";
import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { z } from "zod";
import type { ZarrLayout } from "../result/result-encoding.ts";
import type { OutputFormat } from "../result/result-writer.ts";
import type { ChildPool, PooledChild } from "./child-pool.ts";
import { type Hide, hidingPaths } from "./hidden-paths.ts";
import type { KnownWorkflow } from "./known-workflow.ts";
import { RunNews } from "./run-news.ts";
import type { RunLimits } from "./watched-limits.ts";

export interface RunStepParts {
  readonly pool: ChildPool;
  readonly folders: JobFolders;
  readonly limits: RunLimits;
  readonly format: OutputFormat;
  readonly layout: ZarrLayout;
  readonly gatewayVersion: string;
  /** For a workflow's `setup`. */
  readonly setupTimeoutMs: number;
  /** Told how `setup` went. */
  readonly onState: (name: string, state: "starting" | "ready" | Error) => void;
}

/** Input of the task: as parameters were coerced, and which of them the client sent itself. */
const runInput = z.object({
  parameters: z.record(z.string(), z.json()),
  sent: z.array(z.string()).default([]),
});

/** Servers that may stop or die during one run. */
const LOST_WORKERS = 2;
/** Node's timers end there: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function runStepName(workflow: string): string {
  return `workflows.run.${workflow}`;
}

/** The step that runs a workflow in a process of its own, and writes into the folder of its attempt. */
export function runStep(workflow: KnownWorkflow, parts: RunStepParts): StepDefinition {
  const hide = hidingPaths([
    { path: parts.folders.root, shown: "results" },
    { path: tmpdir(), shown: "tmp" },
  ]);
  return {
    name: runStepName(workflow.name),
    // a server that stops or dies is not the workflow's failure: that is counted here
    retry: { maxAttempts: workflow.maxAttempts + LOST_WORKERS },
    run: (input, _settings, context) =>
      withinTime(workflow, { context, hide }, (limited) =>
        run(workflow, runInput.parse(input), { context: limited, parts }),
      ),
  };
}

/** Its own failures and its time count as attempts of the workflow; only what happens to the server is tried again beyond them. */
async function withinTime(
  { timeoutMs, maxAttempts }: KnownWorkflow,
  { context, hide }: { readonly context: StepContext; readonly hide: Hide },
  work: (limited: StepContext) => Promise<Json>,
): Promise<Json> {
  const isFinal = context.failures + 1 >= maxAttempts;
  const limit = new AbortController();
  const stop = (): void =>
    limit.abort(new GatewayError("model_timeout", `took longer than ${timeoutMs} ms`, { isFinal }));
  const timer = setTimeout(stop, Math.min(timeoutMs, MAX_TIMEOUT_MS));
  try {
    return await work({ ...context, signal: AbortSignal.any([context.signal, limit.signal]) });
  } catch (thrown) {
    const error = isGatewayError(thrown)
      ? thrown
      : new GatewayError("internal", hide(messageOf(thrown)), {}, thrown);
    if (!isFinal) throw context.signal.aborted ? thrown : error;
    throw new GatewayError(error.code, error.message, { ...error.details, isFinal }, error);
  } finally {
    clearTimeout(timer);
  }
}

interface Running {
  readonly context: StepContext;
  readonly parts: RunStepParts;
}

async function run(
  workflow: KnownWorkflow,
  input: z.output<typeof runInput>,
  { context, parts }: Running,
): Promise<Json> {
  const folder = parts.folders.attempt(context.jobId, context.attempt);
  await emptyFolder(folder);
  const news = new RunNews(context);
  const pooled = await readyChild(workflow, news, { context, parts });
  try {
    return { ...(await runIn(pooled, workflow, { input, folder, news, context, parts })) };
  } catch (error) {
    // what nobody can use would keep all that come after it from having room
    if (isGatewayError(error) && error.details["isDiskFull"] === true)
      await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    parts.pool.give(workflow.name, pooled);
  }
}

interface Run extends Running {
  readonly input: z.output<typeof runInput>;
  /** Of this attempt. */
  readonly folder: string;
  readonly news: RunNews;
}

async function runIn(
  pooled: PooledChild,
  workflow: KnownWorkflow,
  { input: { parameters, sent }, folder, news, context, parts }: Run,
): Promise<RunOutput> {
  const { jobId: id, attempt, signal } = context;
  const seed = seedOf(id);
  const link = pooled.scratch.link(folder);
  try {
    pooled.session.begin(`job ${id}`);
    const start = performance.now();
    const format = outputFormat(parameters, sent, parts.format);
    const { layout } = parts;
    const request = { id, attempt, parameters, seed, folder: link.path, format, layout, mark: randomUUID() };
    const given = await pooled.child.run(request, { listener: news, limits: parts.limits, signal, folder });
    return {
      attempt,
      metadata: { ...news.metadataNow, ...given },
      seconds: (performance.now() - start) / 1000,
      provenance: provenance(workflow, { parameters, seed, pooled, parts }),
    };
  } finally {
    link.remove();
  }
}

/** Only after a loss of power has the same attempt been begun before: then what it wrote goes. */
async function emptyFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

async function readyChild(
  workflow: KnownWorkflow,
  news: RunNews,
  { context, parts }: Running,
): Promise<PooledChild> {
  const { name, place, config } = workflow;
  parts.onState(name, "starting");
  try {
    const pooled = await parts.pool.take(
      { name, place, config, timeoutMs: parts.setupTimeoutMs, onLine: (line) => news.log(line) },
      context.signal,
    );
    parts.onState(name, "ready");
    return pooled;
  } catch (error) {
    context.signal.throwIfAborted();
    parts.onState(name, error instanceof Error ? error : new Error(String(error)));
    news.log(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What the client sends itself goes above the configuration, and that above the workflow's default. */
function outputFormat(
  parameters: Readonly<Record<string, Json>>,
  sent: readonly string[],
  configured: OutputFormat,
): OutputFormat {
  const asked = sent.includes("output_format") ? parameters["output_format"] : undefined;
  return asked === "zarr" || asked === "netcdf4" ? asked : configured;
}

/** Less than 2^32, the same in every attempt. */
export function seedOf(id: string): number {
  return createHash("sha256").update(id).digest().readUInt32LE(0);
}

interface Facts {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly seed: number;
  readonly pooled: PooledChild;
  readonly parts: RunStepParts;
}

/** What it takes to make the same again. */
function provenance({ name, config }: KnownWorkflow, { parameters, seed, pooled, parts }: Facts): Json {
  const datasets = pooled.session.opened().map(({ id, version, attributes }) => ({
    id,
    ...(version !== undefined && { version }),
    ...attributes,
  }));
  const program = `zarr-gateway ${parts.gatewayVersion}`;
  return { workflow: name, program, node: process.version, seed, parameters, config, datasets };
}
