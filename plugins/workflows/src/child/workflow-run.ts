import type { Json } from "@zarr-gateway/jobs";
import type { Workflow, WorkflowDatasets, WorkflowProgress } from "@zarr-gateway/plugin";
import { isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { resultWriter } from "../result/result-writer.ts";
import { deniedAccess } from "./denied-access.ts";
import { issuesOf, parsedParameters } from "./load-workflow.ts";
import type { FromWorkflow, RunRequest, WorkflowFailure } from "./messages.ts";

/** A workflow that is ready: its `setup` has been done. */
export interface LoadedWorkflow {
  readonly workflow: Workflow;
  readonly config: Record<string, unknown>;
  readonly resources: unknown;
}

export interface RunParts {
  readonly loaded: LoadedWorkflow;
  readonly datasets: WorkflowDatasets;
  readonly signal: AbortSignal;
  readonly tell: (message: FromWorkflow) => void;
}

/** Of what `run` gives back: bulk belongs into files. */
const MAX_METADATA = 512 * 1024;
/** News of steps that follow each other faster are told together. */
const NEWS_MS = 100;

/** One run from its parameters to the last word. Never throws: how it ended is told. */
export async function runWorkflow(request: RunRequest, parts: RunParts): Promise<void> {
  const { workflow, config, resources } = parts.loaded;
  const { id, attempt, seed, folder } = request;
  const news = new News(parts.tell);
  try {
    const parameters = parsedParameters(workflow, request.parameters);
    const io = resultWriter({
      ...{ folder, format: request.format, layout: request.layout },
      onStep: (done, total) =>
        news.add({
          progress: `Wrote ${done} of ${total} lead times`,
          current_step: done,
          total_steps: total,
        }),
    });
    const given = await workflow.run({
      ...{ id, attempt, parameters, config, resources, seed, io, folder },
      datasets: parts.datasets,
      signal: parts.signal,
      progress: (update) => news.add(update),
      metadata: (update) => parts.tell({ type: "metadata", update: asObject(update, "metadata") }),
      log: (text) => parts.tell({ type: "log", text: String(text) }),
    });
    const metadata = asObject(given ?? {}, "what run gave back");
    news.flush();
    markEnd(request.mark);
    parts.tell({ type: "done", metadata });
  } catch (error) {
    news.flush();
    if (!parts.signal.aborted && error instanceof Error && error.stack !== undefined)
      parts.tell({ type: "log", text: stackOf(error, error.stack) });
    markEnd(request.mark);
    parts.tell({ type: "failed", failure: failureOf(error) });
  }
}

/** Where it failed, and at what: the log is for who wrote the workflow. */
export function stackOf(error: Error, stack: string): string {
  const resource = deniedAccess(error)?.resource;
  return resource === undefined ? stack : `${stack}\nwhat was to be reached: ${resource}`;
}

function markEnd(mark: string): void {
  for (const stream of [process.stdout, process.stderr]) stream.write(`${mark}\n`);
}

export function failureOf(error: unknown): WorkflowFailure {
  const issues = issuesOf(error);
  if (issues !== undefined) {
    const problems = issues.map((issue) => ({ ...issue, input: null }));
    return {
      code: "invalid_request",
      message: issues.map(({ path, message }) => `${path}: ${message}`).join("; "),
      problems,
    };
  }
  if (isDiskFull(error)) return { message: "there is no room left on the disk of results", isDiskFull: true };
  const message = deniedAccess(error)?.message ?? messageOf(error);
  return { ...(isGatewayError(error) && { code: error.code }), message: message.slice(0, 10_000) };
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}

/** @throws Error for what JSON cannot say, or what is too much of it */
function asObject(value: unknown, what: string): { readonly [key: string]: Json } {
  let text: string | undefined;
  try {
    text = JSON.stringify(value); // undefined for functions
  } catch (error) {
    throw new Error(`${what} is nothing that JSON can say: ${messageOf(error)}`, { cause: error });
  }
  if (text === undefined) throw new Error(`${what} is nothing that JSON can say`);
  if (text.length > MAX_METADATA)
    throw new Error(
      `${what} has ${text.length} characters of JSON, at most ${MAX_METADATA}: write a file instead`,
    );
  const parsed = JSON.parse(text) as Json; // what JSON.parse gives
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
    return parsed as { readonly [key: string]: Json }; // neither null nor a list
  return { result: parsed };
}

/** Progress on its way to the server: at most one message in a while, the latest news of each field. */
class News {
  readonly #tell: (message: FromWorkflow) => void;
  #waiting: Record<string, Json> = {};
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (message: FromWorkflow) => void) {
    this.#tell = tell;
  }

  add(update: WorkflowProgress): void {
    Object.assign(this.#waiting, asObject(update, "progress"));
    const since = performance.now() - this.#toldAt;
    if (since >= NEWS_MS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), NEWS_MS - since);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (Object.keys(this.#waiting).length === 0) return;
    this.#tell({ type: "progress", news: this.#waiting });
    this.#waiting = {};
    this.#toldAt = performance.now();
  }
}
