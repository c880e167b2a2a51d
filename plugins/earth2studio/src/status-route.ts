import { callOptionsOf, jsonResource, respond, scopeOf } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { executionStatus } from "./execution-status.ts";
import { findExecution } from "./find-execution.ts";
import { answerJson, refuse } from "./refusal.ts";
import type { ServeServices } from "./serve-services.ts";
import { statusText } from "./status-document.ts";

/** `GET /v1/infer/{workflow}/{execution}/status`. */
export async function answerStatus(c: Context, services: ServeServices): Promise<Response> {
  const isStrict = services.options.strict;
  const options = callOptionsOf(c.req.raw, scopeOf(c));
  const asked = { workflow: c.req.param("workflow") ?? "", id: c.req.param("execution") ?? "" };
  const known = await findExecution({ ...asked, unknownStatus: 404 }, services, options);
  if ("refusal" in known) return refuse(c, known.refusal, isStrict);
  const { job, position } = await placed(known.found, services, options);
  const text = statusText({ job, position, isStrict });
  if (!isFinal(job)) return answerJson(c, 200, text);
  return respond(c, { ...jsonResource(text), shareable: true });
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
