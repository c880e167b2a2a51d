import {
  callOptionsOf,
  createAnswer,
  forwardedName,
  jsonResource,
  respond,
  respondLive,
  scopeOf,
} from "@zarr-gateway/http";
import { isJobEnded, type JobOwners, type JobRecord, jobState } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import { type Context, Hono } from "hono";
import { answerJobPage, answerJobsPage } from "../page/page-routes.ts";
import { HIDDEN_DEFINITIONS } from "../webhooks/webhook-job.ts";
import { eventStream, lastEventId } from "./event-stream.ts";
import type { FrontDoor } from "./front-door.ts";
import { listedJobs } from "./job-list.ts";
import { jobDetails } from "./job-view.ts";
import { answerLogs } from "./log-route.ts";
import { operation } from "./operations.ts";
import { answerManifest, answerResult } from "./result-route.ts";
import { submittedJob } from "./submit-job.ts";

/** `/v1/jobs` and the pages. */
export function jobRoutes(door: FrontDoor): Hono {
  const routes = new Hono();
  type Answer = (c: Context, job: JobRecord) => Response | Promise<Response>;
  const withJob = (answer: Answer) => async (c: Context) =>
    answer(c, await door.find(c.req.param("id"), callOptionsOf(c.req.raw)));
  const withResults = (answer: Answer) => async (c: Context) =>
    answer(c, await door.findForResults(c.req.param("id"), callOptionsOf(c.req.raw)));
  routes.get(
    "/v1/jobs",
    operation("list", async (c: Context) =>
      respond(c, jsonResource(await listedJobs(door, c.req.raw, callOptionsOf(c.req.raw)))),
    ),
  );
  routes.get(
    "/v1/jobs/definitions",
    operation("definitions", (c: Context) => answerDefinitions(c, door)),
  );
  routes.post(
    "/v1/jobs/:definition",
    operation("submit", (c: Context) => answerSubmit(c, door)),
  );
  routes.get(
    "/v1/jobs/:id",
    operation(
      "get",
      withJob((c, job) => answerJob(c, door, job)),
    ),
  );
  routes.delete(
    "/v1/jobs/:id",
    operation(
      "remove",
      withJob((c, job) => answerRemove(c, door, job)),
    ),
  );
  routes.post(
    "/v1/jobs/:id/cancel",
    operation(
      "cancel",
      withJob((c, job) => answerCancel(c, door, job)),
    ),
  );
  routes.post(
    "/v1/jobs/:id/retry",
    operation(
      "retry",
      withJob((c, job) => answerRetry(c, door, job)),
    ),
  );
  routes.get(
    "/v1/jobs/:id/events",
    operation(
      "events",
      withJob((c, job) => answerEvents(c, door, job)),
    ),
  );
  routes.get(
    "/v1/jobs/:id/logs",
    operation(
      "logs",
      withJob((c, job) => answerLogs(c, door, job)),
    ),
  );
  routes.get(
    "/v1/jobs/:id/results",
    operation(
      "results",
      withResults((c, job) => answerManifest(c, door, job)),
    ),
  );
  routes.get(
    "/v1/jobs/:id/results/*",
    operation(
      "result",
      withResults((c, job) => answerResult(c, door, job)),
    ),
  );
  routes.get(
    "/jobs",
    operation("page", (c: Context) => answerJobsPage(c, door)),
  );
  routes.get(
    "/jobs/:id",
    operation(
      "jobPage",
      withJob((c, job) => answerJobPage(c, door, job)),
    ),
  );
  return routes;
}

function answerDefinitions(c: Context, { jobs, host }: FrontDoor): Promise<Response> {
  const base = host.baseUrl(c.req.raw);
  const definitions = jobs.engine
    .definitions()
    .filter(({ name }) => !HIDDEN_DEFINITIONS.has(name))
    .map((definition) => ({ ...definition, href: `${base}/v1/jobs/${encodeURIComponent(definition.name)}` }));
  return respond(c, jsonResource({ definitions, ...askerOf(c, jobs.owners) }));
}

/** Whose jobs the asker's will be, and how many steps of theirs run at once. */
function askerOf(c: Context, owners: JobOwners | undefined): object {
  if (owners === undefined) return {};
  const { header, maxRunning } = owners;
  return { owner: forwardedName(c, header), ...(maxRunning !== undefined && { maxRunning }) };
}

async function answerSubmit(c: Context, door: FrontDoor): Promise<Response> {
  const { job, isNew } = await submittedJob(door, c.req.param("definition") ?? "", c);
  const location = `${door.host.baseUrl(c.req.raw)}/v1/jobs/${job.id}`;
  return written(c, isNew ? 201 : 200, jobDetails(job, door.context(c.req.raw)), { Location: location });
}

async function answerJob(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const position = jobState(job) === "queued" ? await door.jobs.engine.position(job.id) : undefined;
  const details = jobDetails(job, door.context(c.req.raw));
  return respond(c, jsonResource({ ...details, ...(position !== undefined && { position }) }));
}

async function answerRemove(c: Context, { jobs, results }: FrontDoor, job: JobRecord): Promise<Response> {
  if (!isJobEnded(jobState(job)))
    throw new GatewayError("conflict", `the job is ${jobState(job)}: cancel it first`);
  const options = callOptionsOf(c.req.raw);
  // A database that takes no change keeps its job whole; and whoever dies on the way leaves one that says what is gone.
  await jobs.engine.expire(job.id, options);
  await results?.remove(job, options); // before the record: without it nobody would find them
  await jobs.engine.remove(job.id, options);
  return createAnswer(scopeOf(c), 204, {}, null);
}

async function answerCancel(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const state = jobState(job);
  if (isJobEnded(state)) throw new GatewayError("conflict", `the job has ended already: ${state}`);
  const cancelled = await door.jobs.engine.cancel(job.id, callOptionsOf(c.req.raw));
  return written(c, 202, jobDetails(cancelled, door.context(c.req.raw)));
}

async function answerRetry(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const begun = await door.jobs.engine.retry(job.id, callOptionsOf(c.req.raw));
  return written(c, 202, jobDetails(begun, door.context(c.req.raw)));
}

function answerEvents(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> | Response {
  door.streams.assertRoom();
  const after = lastEventId(c.req.header("last-event-id"));
  return door.hasMore(job, after).then((hasMore) => {
    // 204 tells an EventSource not to come again
    if (!hasMore) return createAnswer(scopeOf(c), 204, { "Cache-Control": "no-store" }, null);
    return respondLive(c, {
      contentType: "text/event-stream",
      parts: ({ signal }) => door.streams.counted(eventStream(door, job, { after, signal })),
    });
  });
}

function written(c: Context, status: number, value: object, headers: Record<string, string> = {}): Response {
  const body = Buffer.from(JSON.stringify(value));
  return createAnswer(
    scopeOf(c),
    status,
    {
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      "Cache-Control": "no-store",
      ...headers,
    },
    body,
  );
}
