// Entry of the process that holds a model. The server that started it talks to it by messages and through files.
import { rmSync, writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { siblingModule } from "@zarr-gateway/primitives";
import { packFailure } from "./call-failure.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { type OpenedModel, openModel } from "./opened-model.ts";

let folders: readonly string[] = [];
let opened: OpenedModel | undefined;
let counted = { steps: 0, diagnostics: 0 };
const aborts = new Map<number, AbortController>();

process.title = "zarr-gateway model";
// what ends a whole group of processes is the server's to obey: it lets requests finish first
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
process.on("message", (message: ToChild) => void receive(message));
dieFirst();
new Worker(siblingModule(import.meta.url, "model-process-watch"), { workerData: process.ppid }).unref();

async function receive(message: ToChild): Promise<void> {
  switch (message.type) {
    case "open":
      return open(message);
    case "call":
      return answer(message);
    case "abort":
      return aborts.get(message.id)?.abort();
    case "release":
      return opened?.session.release(message.state);
    case "free":
      return opened?.free(message.fields).catch(() => undefined); // removed with the folder at the end
    default:
      message satisfies never;
  }
}

async function open({ request }: ToChild & { readonly type: "open" }): Promise<void> {
  folders = request.folders;
  try {
    opened = await openModel(request, {
      info: (fields, text) => tell({ type: "log", level: "info", fields, message: text }),
      warn: (fields, text) => tell({ type: "log", level: "warn", fields, message: text }),
    });
    counted = opened.session.counts;
    const { providers, maxBatch } = opened.session;
    tell({ type: "opened", providers, maxBatch });
  } catch (error) {
    tell({ type: "refused", failure: packFailure(error) });
  }
}

async function answer({ id, request }: ToChild & { readonly type: "call" }): Promise<void> {
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    if (opened === undefined) throw new Error("called before a model was opened");
    const result = await opened.call(request, abort.signal);
    tell({ type: "result", id, result, counts: counts() });
  } catch (error) {
    tell({ type: "failure", id, failure: packFailure(error), counts: counts() });
  } finally {
    aborts.delete(id);
  }
}

/** Since the model was opened: steps that warmed it up are nobody's. */
function counts(): { readonly steps: number; readonly diagnostics: number } {
  const { steps = 0, diagnostics = 0 } = opened?.session.counts ?? {};
  return { steps: steps - counted.steps, diagnostics: diagnostics - counted.diagnostics };
}

function tell(message: FromChild): void {
  // a server that has gone is noticed by `disconnect`
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Where memory runs out, the system ends this process and not the server. */
function dieFirst(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "500");
  } catch {
    // not Linux, or not allowed
  }
}
