import type { Json } from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import { GatewayError, messageOf, similarWord } from "@zarr-gateway/primitives";
import type { WorkflowFacts, WorkflowPlace } from "../child/messages.ts";
import type { KnownWorkflow } from "../execution/known-workflow.ts";
import { SHIPPED } from "../shipped/index.ts";
import type { Examiner } from "./examiner.ts";
import { type ShippedContext, shippedWorkflow } from "./shipped-workflow.ts";
import type { WorkflowCatalog } from "./workflow-catalog.ts";
import { type WorkflowFile, workflowFiles } from "./workflow-files.ts";

export interface Discovery {
  readonly directories: readonly string[];
  readonly shipped: ShippedContext;
  readonly catalog: WorkflowCatalog;
  /** Who looks at files of a language; undefined: nobody here can. */
  readonly examinerOf: (
    language: WorkflowFile["language"],
  ) => Pick<Examiner, "describe" | "check"> | undefined;
  readonly log: Pick<Log, "warn">;
}

/**
 * The workflows that are shipped and those in the folders. A file that gives none stands in the catalog with the reason.
 * @throws GatewayError invalid_request for a configuration of shipped workflows that does not fit, or of unknown ones
 */
export async function discoverWorkflows(discovery: Discovery): Promise<KnownWorkflow[]> {
  const { catalog, shipped, log, directories } = discovery;
  const known = SHIPPED.map((workflow) => shippedWorkflow(workflow, shipped));
  for (const workflow of known) catalog.add(workflow);
  const files = await workflowFiles(directories, (message) => log.warn({}, message));
  for (const file of files) {
    for (const workflow of await workflowsOf(file, discovery)) {
      known.push(workflow);
      catalog.add(workflow);
    }
  }
  const unknown = Object.keys(shipped.configs).filter((name) => !catalog.has(name));
  // a name may be that of a file that could not be read
  if (catalog.hasFailed)
    for (const name of unknown) log.warn({}, `workflows.${name}: no workflow has this name`);
  else
    refuseUnknown(
      unknown,
      known.map(({ name }) => name),
    );
  return known;
}

async function workflowsOf(file: WorkflowFile, discovery: Discovery): Promise<KnownWorkflow[]> {
  const { catalog, shipped, log, examinerOf } = discovery;
  const fail = (reason: string, name = file.stem): void => {
    log.warn({ file: file.path, reason }, "a file gives no workflow");
    if (!catalog.has(name)) catalog.addFailed({ name, reason });
  };
  const examiner = examinerOf(file.language);
  if (examiner === undefined) {
    fail("workflows in Python need workflows.python, the path of an interpreter");
    return [];
  }
  const place: WorkflowPlace = { file: file.path };
  const found: KnownWorkflow[] = [];
  try {
    for (const facts of await examiner.describe(place, shipped.configs)) {
      if (catalog.has(facts.name)) fail(`another workflow has the name "${facts.name}" already`);
      else if (facts.configProblem !== undefined) fail(facts.configProblem, facts.name);
      else found.push(userWorkflow(facts, { ...place, name: facts.name }, { examiner, shipped }));
    }
  } catch (error) {
    fail(messageOf(error));
  }
  return found;
}

interface UserContext {
  readonly examiner: Pick<Examiner, "check">;
  readonly shipped: ShippedContext;
}

function userWorkflow(
  facts: WorkflowFacts,
  place: WorkflowPlace,
  { examiner, shipped }: UserContext,
): KnownWorkflow {
  const { name, description, schema, timeoutMs = shipped.timeoutMs, maxAttempts = 1 } = facts;
  const config: Json = (Object.hasOwn(shipped.configs, name) ? shipped.configs[name] : undefined) ?? {};
  return {
    ...{ name, description, schema, place, config, timeoutMs, maxAttempts },
    check: (parameters, options) => examiner.check({ place, config, parameters }, options),
  };
}

function refuseUnknown([name]: readonly string[], known: readonly string[]): void {
  if (name === undefined) return;
  const meant = similarWord(name, known);
  const advice = meant === undefined ? `there are ${known.join(", ")}` : `did you mean "${meant}"?`;
  throw new GatewayError("invalid_request", `workflows.${name}: no workflow has this name; ${advice}`);
}
