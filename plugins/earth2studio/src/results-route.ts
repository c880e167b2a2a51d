import { callOptionsOf, type Resource, respond, respondGathered, scopeOf } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { type ExecutionStatus, executionStatus } from "./execution-status.ts";
import { findExecution } from "./find-execution.ts";
import { manifestPieces } from "./manifest-text.ts";
import { answerJson, explained, type Refusal, refuse, sentence } from "./refusal.ts";
import { askedRange, resultEntries } from "./result-entries.ts";
import { failureOf } from "./run-facts.ts";
import type { ServeServices } from "./serve-services.ts";
import { formatTimestamp } from "./timestamp.ts";

/** `GET /v1/infer/{workflow}/{execution}/results`: the manifest of an execution that is over. */
export async function answerResults(c: Context, services: ServeServices): Promise<Response> {
  const { options, results } = services;
  const isStrict = options.strict;
  const call = callOptionsOf(c.req.raw, scopeOf(c));
  const asked = { workflow: c.req.param("workflow") ?? "", id: c.req.param("execution") ?? "" };
  const known = await findExecution({ ...asked, unknownStatus: 400 }, services, call);
  if ("refusal" in known) return refuse(c, known.refusal, isStrict);
  const job = known.found;
  const status = executionStatus(job);
  if (isUnderWay(status)) return stillUnderWay(c, job, services);
  const range = askedRange(c.req.query());
  const refusal = withoutResults(job, status) ?? (range ? undefined : wrongRange());
  if (refusal !== undefined || range === undefined) return refuse(c, refusal ?? wrongRange(), isStrict);
  const stored = results.stored(job);
  const name = `results ${range.offset} ${range.limit} ${stored?.signedUrl ?? ""}`;
  const kept = services.jobs.resource(job, name);
  if (kept !== undefined) return respond(c, kept);
  try {
    const archiveBytes = options.zip ? await archiveSize(job, services, call) : undefined;
    const entries = resultEntries({ job, results }, range, call);
    const pieces = manifestPieces({ job, stored, archiveBytes, isStrict }, entries);
    const made = (resource: Resource, bytes: number): Resource =>
      services.jobs.keepResource(job, name, { ...resource, bytes });
    return await respondGathered(c, { contentType: "application/json", made }, pieces);
  } catch (error) {
    if (isGatewayError(error) && error.code === "expired") return refuse(c, expired(job), isStrict);
    throw error;
  }
}

async function archiveSize(
  job: JobRecord,
  { results }: ServeServices,
  options: CallOptions,
): Promise<number | undefined> {
  return (await results.archive(job, job.id, options))?.size;
}

function isUnderWay(status: ExecutionStatus): boolean {
  return status === "queued" || status === "running" || status === "pending_results";
}

/** 202 with what upstream puts under `detail` above it too, where its client looks. */
function stillUnderWay(c: Context, job: JobRecord, { options }: ServeServices): Response {
  const status = executionStatus(job);
  const message = `Workflow execution ${job.id} is still ${status}`;
  const detail = { message, status, timestamp: formatTimestamp(Date.now()) };
  const body = options.strict ? { detail } : { detail, ...detail };
  return answerJson(c, 202, JSON.stringify(body));
}

/** Why an execution that is over has nothing to list; undefined: it has. */
function withoutResults(job: JobRecord, status: ExecutionStatus): Refusal | undefined {
  const what = `Workflow execution ${job.id}`;
  switch (status) {
    case "expired":
      return expired(job);
    case "failed": {
      const reason = failureOf(job) ?? null;
      const details = `${what} failed and has no results`;
      return {
        ...explained(404, "Workflow execution failed", details, { error_message: reason }),
        details: reason === null ? details : `${details}: ${reason}`,
      };
    }
    case "cancelled":
      return explained(404, "Workflow execution cancelled", `${what} cancelled and has no results`);
    default:
      return undefined;
  }
}

function expired({ id }: JobRecord): Refusal {
  const details = `Results for workflow execution ${id} have expired and are no longer available`;
  return explained(400, "Results expired", details);
}

function wrongRange(): Refusal {
  return sentence(422, "offset and limit are whole numbers");
}
