import { callOptionsOf, encodedResource, type Resource, respond, scopeOf } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { executionStatus } from "./execution-status.ts";
import { findExecution } from "./find-execution.ts";
import { answerJson, refuse } from "./refusal.ts";
import type { ServeServices } from "./serve-services.ts";
import { statusText } from "./status-document.ts";

const STATUS = "status";

/** `GET /v1/infer/{workflow}/{execution}/status`. */
export async function answerStatus(c: Context, services: ServeServices): Promise<Response> {
  const isStrict = services.options.strict;
  const options = callOptionsOf(c.req.raw, scopeOf(c));
  const asked = { workflow: c.req.param("workflow") ?? "", id: c.req.param("execution") ?? "" };
  const known = await findExecution({ ...asked, unknownStatus: 404 }, services, options);
  if ("refusal" in known) return refuse(c, known.refusal, isStrict);
  if (isFinal(known.found)) return respond(c, finalStatus(known.found, services));
  const { job, position } = await placed(known.found, services, options);
  return answerJson(c, 200, statusText({ job, position, isStrict }));
}

/** Made once for all who ask, as long as the job is kept. */
function finalStatus(job: JobRecord, { jobs, options }: ServeServices): Resource {
  const known = jobs.resource(job, STATUS);
  if (known !== undefined) return known;
  const text = Buffer.from(statusText({ job, position: undefined, isStrict: options.strict }));
  const resource = encodedResource(text, { contentType: "application/json" });
  return jobs.keepResource(job, STATUS, { ...resource, bytes: text.length });
}

interface Placed {
  readonly job: JobRecord;
  readonly position: number | undefined;
}

/** A job that has just begun has no place any more: then it is looked at once again. */
async function placed(job: JobRecord, { engine }: ServeServices, options: CallOptions): Promise<Placed> {
  if (executionStatus(job) !== "queued") return { job, position: undefined };
  const position = await engine.position(job.id, options);
  if (position !== undefined) return { job, position };
  return { job: (await engine.get(job.id, options)) ?? job, position: undefined };
}

/** Nothing but its removal can change it, so that many who ask at once may get the same answer. */
function isFinal(job: JobRecord): boolean {
  return executionStatus(job) === "completed";
}
