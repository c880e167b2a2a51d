// Entry of a process that runs workflows. The server that started it talks to it over two pipes.
import type { Workflow, WorkflowDatasets } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";
import { loadWorkflow, parsedConfig, parsedParameters, workflowFacts } from "./load-workflow.ts";
import type { ToWorkflow } from "./messages.ts";
import { keepSignalsToItself } from "./own-process.ts";
import { remoteDatasets } from "./remote-datasets.ts";
import { linkToServer } from "./server-link.ts";
import { failureOf, type LoadedWorkflow, runWorkflow, stackOf } from "./workflow-run.ts";

type Message<Type extends ToWorkflow["type"]> = ToWorkflow & { readonly type: Type };

process.title = "zarr-gateway workflow";
// before anything of a user is loaded
keepSignalsToItself();
const link = linkToServer((message) => void receive(message));
const datasets = remoteDatasets({
  url: process.env["ZARR_GATEWAY_DATASETS"] ?? "",
  token: process.env["ZARR_GATEWAY_TOKEN"] ?? "",
});
// what a workflow starts need not know how to read datasets
delete process.env["ZARR_GATEWAY_TOKEN"];

/** Of what is wrong with a workflow. */
const MAX_REASON = 1000;

let loaded: LoadedWorkflow | undefined;
let running: AbortController | undefined;
const checks = new Map<number, AbortController>();

process.once("uncaughtException", (error) => void crash(error));
// asked to go: what is open gets a moment to be closed
process.once("SIGTERM", () => void dispose());

async function receive(message: ToWorkflow): Promise<void> {
  switch (message.type) {
    case "describe":
      return describe(message);
    case "check":
      return check(message);
    case "load":
      return load(message);
    case "run":
      return run(message);
    case "abort":
      return (message.id === undefined ? running : checks.get(message.id))?.abort(new Error("was cancelled"));
    default:
      message satisfies never;
  }
}

async function describe({ place, configs }: Message<"describe">): Promise<void> {
  try {
    link.tell({ type: "described", workflows: [workflowFacts(await loadWorkflow(place), configs)] });
  } catch (error) {
    refuse(error);
  }
}

/** With all that is known of it in the log, for who wrote the file. */
function refuse(error: unknown): void {
  if (error instanceof Error && error.stack !== undefined)
    link.tell({ type: "log", text: stackOf(error, error.stack) });
  link.tell({ type: "refused", message: failureOf(error).message.slice(0, MAX_REASON) });
}

async function check({ id, place, config, parameters }: Message<"check">): Promise<void> {
  const controller = new AbortController();
  checks.set(id, controller);
  try {
    const workflow = await loadWorkflow(place);
    const given = parsedConfig(workflow, config);
    const parsed = parsedParameters(workflow, parameters as Record<string, unknown>); // coerced by the schema
    await workflow.check?.({ parameters: parsed, config: given, datasets, signal: controller.signal });
    link.tell({ type: "checked", id });
  } catch (error) {
    link.tell({ type: "checked", id, failure: failureOf(error) });
  } finally {
    checks.delete(id);
  }
}

async function load({ place, config }: Message<"load">): Promise<void> {
  try {
    const workflow = await loadWorkflow(place);
    const given = parsedConfig(workflow, config);
    const resources = await setUp(workflow, given);
    loaded = { workflow, config: given, resources };
    link.tell({ type: "loaded" });
  } catch (error) {
    refuse(error);
  }
}

async function setUp(workflow: Workflow, config: Record<string, unknown>): Promise<unknown> {
  const never = new AbortController();
  return workflow.setup?.({
    config,
    datasets,
    signal: never.signal,
    log: (text) => link.tell({ type: "log", text: String(text) }),
  });
}

async function run({ run: request }: Message<"run">): Promise<void> {
  if (loaded === undefined || running !== undefined) {
    link.tell({ type: "failed", failure: { message: "the process was not ready for a run" } });
    return;
  }
  const controller = new AbortController();
  running = controller;
  const opened: { close?(): Promise<void> }[] = [];
  const own: WorkflowDatasets = {
    ...datasets,
    open: async (id, options) => {
      const dataset = await datasets.open(id, options);
      opened.push(dataset);
      return dataset;
    },
  };
  await runWorkflow(request, {
    loaded,
    datasets: own,
    signal: controller.signal,
    tell: (told) => link.tell(told),
  });
  running = undefined;
  // the server lets go of them too when this process ends
  for (const dataset of opened) await dataset.close?.().catch(() => undefined);
}

/** What threw may have left anything behind: the process ends, but its reason is known. */
async function crash(error: Error): Promise<never> {
  if (error.stack !== undefined) link.tell({ type: "log", text: stackOf(error, error.stack) });
  link.tell({ type: "crashed", message: failureOf(error).message.slice(0, MAX_REASON) });
  await link.flushed();
  process.exit(1);
}

async function dispose(): Promise<void> {
  try {
    await loaded?.workflow.dispose?.(loaded.resources);
  } catch (error) {
    link.tell({ type: "log", text: `dispose: ${messageOf(error)}` });
  }
  await link.flushed();
  process.exit(0);
}
