import {
  createJobEngine,
  type JobDefinition,
  type JobEngine,
  type JobResults,
  type Json,
  memoryJobStore,
  type StepContext,
  type StepDefinition,
} from "@zarr-gateway/jobs";
import type { WorkflowInfo, Workflows } from "@zarr-gateway/plugin";
import { Hono } from "hono";
import { z } from "zod";
import { earth2studioOptions } from "../options.ts";
import { serveRoutes } from "../routes.ts";
import { fakeResults } from "./fake-results.ts";

type Run = (context: StepContext, parameters: Json) => Promise<Json>;

export interface ServingOptions {
  readonly names?: readonly string[];
  readonly hidden?: readonly string[];
  readonly unlisted?: readonly string[];
  readonly broken?: readonly string[];
  readonly strict?: boolean;
  readonly zip?: boolean;
  readonly results?: JobResults;
  readonly maxQueued?: number;
  readonly retentionMs?: number;
  /** What a run does; it succeeds at once unless told. */
  readonly run?: Run;
  /** What a step that enters results into a catalog says. */
  readonly catalog?: Json;
  /** After the run, before the end. */
  readonly publish?: () => Promise<void>;
}

export interface Serving {
  readonly engine: JobEngine;
  /** Every line that was logged as an error. */
  readonly errors: readonly string[];
  get(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Id of a new execution. */
  submit(name?: string, parameters?: object): Promise<string>;
  /** Waits for an end. */
  ended(id: string): Promise<void>;
  close(): Promise<void>;
}

export const FILES: Readonly<Record<string, Uint8Array>> = {
  "results.zarr/zarr.json": Buffer.from('{"zarr_format":3}'),
  "results.zarr/t2m/c/0": Uint8Array.from({ length: 104 }, (_, index) => index),
  "empty.bin": new Uint8Array(),
  "zusammenfassung ü.json": Buffer.from("{}"),
};

const parameters = z.strictObject({ steps: z.int().min(1).default(4) });

/** The routes on an engine in memory, with workflows that take `steps`. */
export function startServing(options: ServingOptions = {}): Serving {
  const { names = ["synth"], run = succeed, publish = async () => {} } = options;
  const engine = createJobEngine({
    store: memoryJobStore(),
    pollMs: 5,
    ...(options.maxQueued !== undefined && { maxQueued: options.maxQueued }),
    ...(options.retentionMs !== undefined && { retentionMs: options.retentionMs }),
  });
  for (const name of [...names, ...(options.unlisted ?? []), ...(options.hidden ?? [])])
    engine.defineJob(definitionOf(name));
  engine.defineStep(runStep(run));
  engine.defineStep({ name: "publish", run: async () => publish().then(() => null) });
  engine.defineStep({ name: "results.catalog", run: async () => options.catalog ?? null });
  engine.start();
  const errors: string[] = [];
  const quiet = (): void => {};
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: unknown, text: string) => errors.push(text),
  };
  const settings = earth2studioOptions.parse({ strict: options.strict ?? false, zip: options.zip ?? false });
  const results = options.results ?? fakeResults(FILES);
  const app = new Hono().route(
    "/",
    serveRoutes({
      host: { log },
      engine,
      owners: undefined,
      workflows: workflowsOf(options),
      results,
      options: settings,
    }),
  );
  const get: Serving["get"] = async (path, init) => app.request(path, init);
  const post: Serving["post"] = async (path, body = {}, headers = {}) =>
    get(path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  const submit: Serving["submit"] = async (name = names[0] ?? "synth", asked = {}) => {
    const answer = await post(`/v1/infer/${name}`, { parameters: asked });
    return z.object({ execution_id: z.string() }).parse(await answer.json()).execution_id;
  };
  const ended: Serving["ended"] = async (id) => {
    while ((await engine.get(id))?.endedAt === undefined) await new Promise((go) => setTimeout(go, 3));
  };
  return { engine, errors, get, post, submit, ended, close: () => engine.close() };
}

function definitionOf(name: string): JobDefinition<z.output<typeof parameters>> {
  return {
    name,
    params: parameters,
    plan: (asked) => [
      {
        key: "all",
        input: { parameters: asked },
        steps: [
          { step: "run" },
          { step: "publish", phase: "publishing" },
          { step: "results.catalog", phase: "publishing" },
        ],
      },
    ],
  };
}

function runStep(run: Run): StepDefinition {
  return { name: "run", retry: { maxAttempts: 1 }, run: (input, _settings, context) => run(context, input) };
}

/** A run that ends when it is told to stop. */
export function runForever({ signal }: StepContext): Promise<never> {
  return new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("stopped"))));
}

async function succeed({ attempt }: StepContext): Promise<Json> {
  return { attempt, metadata: { results_summary: "done" }, seconds: 0.25, provenance: { seed: 7 } };
}

function workflowsOf({
  names = ["synth"],
  hidden = [],
  unlisted = [],
  broken = [],
}: ServingOptions): Workflows {
  const all = [...names, ...unlisted, ...broken].sort().map(
    (name): WorkflowInfo => ({
      name,
      description: `The workflow ${name}`,
      schema: { type: "object", title: name, properties: {}, additionalProperties: false },
      isListed: !unlisted.includes(name),
      state: broken.includes(name)
        ? { state: "failed", reason: "its file has a mistake" }
        : { state: "idle" },
    }),
  );
  return {
    list: () => all,
    get: (name) => all.find((one) => one.name === name),
    isHidden: (name) => hidden.includes(name),
  };
}
