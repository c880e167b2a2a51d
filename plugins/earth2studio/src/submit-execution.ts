import { callOptionsOf, forwardedName, scopeOf } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import type { WorkflowInfo } from "@zarr-gateway/plugin";
import { type CallOptions, type GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { type Parameters, readEnvelope } from "./envelope.ts";
import { createExecutionId } from "./execution-id.ts";
import { endedStatus } from "./execution-status.ts";
import { type Found, findWorkflow } from "./find-execution.ts";
import { answerJson, type Refusal, refuse, sentence } from "./refusal.ts";
import type { ServeServices } from "./serve-services.ts";
import { servedDefaults } from "./served-defaults.ts";
import { formatTimestamp } from "./timestamp.ts";
import { unstorableText, unstorableValues } from "./unstorable-values.ts";

/** Two executions of one second share 32 bits; a third try that clashes is no accident any more. */
const MAX_TRIES = 3;

/** `POST /v1/infer`: the one workflow that is listed. */
export function submitDefault(c: Context, services: ServeServices): Promise<Response> {
  return submit(c, onlyWorkflow, services);
}

/** `POST /v1/infer/{workflow}`. */
export function submitNamed(c: Context, name: string, services: ServeServices): Promise<Response> {
  return submit(c, () => findWorkflow(name, services), services);
}

/** The body is looked at before anything else, as upstream does. */
async function submit(
  c: Context,
  choose: (services: ServeServices) => Found<WorkflowInfo>,
  services: ServeServices,
): Promise<Response> {
  const isStrict = services.options.strict;
  const envelope = await readEnvelope(c, isStrict);
  if ("refusal" in envelope) return refuse(c, envelope.refusal, isStrict);
  const known = choose(services);
  if ("refusal" in known) return refuse(c, known.refusal, isStrict);
  const { name } = known.found;
  const given = envelope.parameters;
  const refusal = brokenWorkflow(known.found) ?? unstorable(given, name);
  if (refusal !== undefined) return refuse(c, refusal, isStrict);
  try {
    const call = callOptionsOf(c.req.raw, scopeOf(c));
    const defaults = await servedDefaults({ workflow: name, given }, services, call);
    const asked = {
      name,
      parameters: { ...defaults, ...given },
      key: c.req.header("idempotency-key"),
      owner: forwardedName(c, services.owners?.header),
    };
    const job = await submitted(asked, services, call);
    return answerJson(c, 200, await submittedText(job, services));
  } catch (error) {
    const refusal = isGatewayError(error) ? submitRefusal(error, name) : undefined;
    if (refusal === undefined) throw error;
    return refuse(c, refusal, isStrict);
  }
}

/** Upstream counts what waits after the submission; nothing does where a worker has taken it already. */
function submittedPosition(asked: {
  readonly before: number | undefined;
  readonly isQueued: boolean;
  readonly isStrict: boolean;
}): number | null {
  const { before, isQueued, isStrict } = asked;
  if (before === undefined) return isQueued || isStrict ? 0 : null;
  return before + (isStrict ? 1 : 0);
}

function onlyWorkflow({ workflows }: ServeServices): Found<WorkflowInfo> {
  const listed = workflows.list().filter(({ isListed }) => isListed);
  const [only, ...others] = listed;
  if (only === undefined) return { refusal: sentence(503, "No exposed workflows are available.") };
  if (others.length === 0) return { found: only };
  const names = listed.map(({ name }) => name).join(", ");
  const text = `POST /v1/infer requires exactly one exposed workflow; found ${listed.length}: ${names}.`;
  return { refusal: sentence(409, text) };
}

function unstorable(given: Parameters, name: string): Refusal | undefined {
  const values = unstorableValues(given);
  return values.length === 0 ? undefined : invalidParameters(name, unstorableText(values));
}

interface Asked {
  readonly name: string;
  readonly parameters: Parameters;
  readonly key: string | undefined;
  readonly owner: string;
}

async function submitted(
  { name, parameters, key, owner }: Asked,
  { engine }: ServeServices,
  options: CallOptions,
): Promise<JobRecord> {
  for (let tries = 1; ; tries += 1) {
    const id = createExecutionId(Date.now());
    const wishes = { id, owner, ...(key !== undefined && { idempotencyKey: key }) };
    try {
      return await engine.submit(name, parameters, wishes, options);
    } catch (error) {
      if (!isGatewayError(error) || error.code !== "conflict" || tries === MAX_TRIES) throw error;
    }
  }
}

/** A repeated key answers for the execution made first, whatever has become of it. */
async function submittedText(job: JobRecord, { engine, options }: ServeServices): Promise<string> {
  const { definition: name, id } = job;
  const status = endedStatus(job);
  const before = await engine.position(id);
  return JSON.stringify({
    workflow_name: name,
    execution_id: id,
    status,
    position: submittedPosition({ before, isQueued: status === "queued", isStrict: options.strict }),
    message: `Workflow '${name}' queued for execution`,
    timestamp: formatTimestamp(Date.now()),
  });
}

/** A workflow whose file or `setup` failed takes no work that would only wait. */
function brokenWorkflow({ name, state }: WorkflowInfo): Refusal | undefined {
  if (state.state !== "failed") return undefined;
  return sentence(503, `Workflow '${name}' is not available: ${state.reason}`, { "Retry-After": "30" });
}

/** What the client did wrong; undefined: something else went wrong. */
function submitRefusal(error: GatewayError, name: string): Refusal | undefined {
  switch (error.code) {
    case "invalid_request":
      return invalidParameters(name, messageOf(error));
    case "unprocessable":
      return sentence(422, error.message);
    case "queue_full":
      return fullQueue(error, name);
    default:
      return undefined;
  }
}

function invalidParameters(name: string, details: string): Refusal {
  const error = `Invalid parameters for workflow '${name}'`;
  return { status: 422, detail: `${error}: ${details}`, error, details };
}

function fullQueue({ details }: GatewayError, name: string): Refusal {
  const { position, retryAfterSeconds } = details;
  const size = typeof position === "number" ? ` (${position}/${position})` : "";
  const text = `Service temporarily unavailable. Queue '${name}' is full${size}. Please try again later.`;
  const seconds = typeof retryAfterSeconds === "number" ? Math.ceil(retryAfterSeconds) : 10;
  return sentence(429, text, { "Retry-After": String(seconds) });
}
