import { callOptionsOf, hasTrailingSlash, htmlResource, respond } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import type { Context } from "hono";
import type { FrontDoor } from "../api/front-door.ts";
import { listedJobs } from "../api/job-list.ts";
import { JobLog } from "../api/job-log.ts";
import { visibleDefinitions } from "../webhooks/webhook-job.ts";
import { jobPage } from "./job-page.ts";
import { jobsPage } from "./jobs-page.ts";
import { shownResults } from "./shown-results.ts";

/** Pages load from the server alone and run no inline script. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
const LOG_LINES = 300;

/** `/jobs`: all jobs, as a person watches them. */
export async function answerJobsPage(c: Context, door: FrontDoor): Promise<Response> {
  const url = new URL(c.req.url);
  // a form sends its empty fields too
  for (const [name, value] of [...url.searchParams]) if (value === "") url.searchParams.delete(name);
  const request = new Request(url, { headers: c.req.raw.headers });
  const { jobs, next } = await listedJobs(door, request, callOptionsOf(c.req.raw));
  const definitions = visibleDefinitions(door.jobs.engine);
  const text = jobsPage({
    site: siteOf(door),
    root: hasTrailingSlash(c.req.raw) ? "../" : "./",
    jobs,
    next: next === undefined ? undefined : new URL(next).search,
    query: url.searchParams,
    definitions,
    now: Date.now(),
  });
  return secured(await respond(c, htmlResource(text)));
}

/** `/jobs/{id}`: one job and what it says. */
export async function answerJobPage(c: Context, door: FrontDoor, job: JobRecord): Promise<Response> {
  const options = callOptionsOf(c.req.raw);
  const { logs } = door.jobs;
  const log = new JobLog(logs, await logs.list(job.id, options), { isNamed: true });
  const text = jobPage({
    site: siteOf(door),
    root: hasTrailingSlash(c.req.raw) ? "../../" : "../",
    job,
    context: door.context(c.req.raw),
    log: await log.tail(LOG_LINES, options),
    results: await shownResults(door, job, options),
  });
  return secured(await respond(c, htmlResource(text)));
}

function siteOf({ host }: FrontDoor): { readonly title: string; readonly plugins: ReadonlySet<string> } {
  return { title: "zarr-gateway", plugins: new Set(host.plugins().map(({ name }) => name)) };
}

function secured(response: Response): Response {
  response.headers.set("Content-Security-Policy", SECURITY_POLICY);
  return response;
}
