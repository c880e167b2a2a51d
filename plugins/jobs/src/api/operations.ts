import { JOB_STATES } from "@zarr-gateway/jobs";
import { described, type Operation, type OperationParameter } from "@zarr-gateway/plugin";
import type { Handler } from "hono";

const JOB: OperationParameter = { name: "id", in: "path", description: "Id of the job" };
const query = (name: string, description: string, type = "string"): OperationParameter => ({
  name,
  in: "query",
  description,
  schema: { type },
});
const JOB_SCHEMA = {
  type: "object",
  properties: {
    id: { type: "string" },
    definition: { type: "string" },
    state: { enum: JOB_STATES },
    progress: { type: "object" },
    parameters: {},
    tasks: { type: "array", items: { type: "object" } },
  },
};
const ONE_JOB = { "application/json": JOB_SCHEMA };
const JSON_ANSWER = { "application/json": {} };

/** What `/openapi.json` says of each route, by its name here. */
const OPERATIONS = {
  list: {
    summary: "Jobs, newest first",
    parameters: [
      query(
        "state",
        "queued, planning, running, publishing, succeeded, partially_succeeded, failed, cancelling, cancelled or expired",
      ),
      query("definition", "Name of the definition"),
      query("owner", "Who asked"),
      query("text", "Part of the id, the definition or the parameters"),
      query("createdFrom", "RFC 3339 time"),
      query("createdTo", "RFC 3339 time"),
      query("after", "Id of the last job of the page before"),
      query("limit", "Jobs of a page, 500 at most", "integer"),
    ],
    answers: {
      "application/json": {
        type: "object",
        properties: { jobs: { type: "array", items: JOB_SCHEMA }, next: { type: "string" } },
      },
    },
  },
  definitions: { summary: "What can be asked for, with JSON schemas of parameters", answers: JSON_ANSWER },
  submit: {
    summary: "Asks for a job",
    description:
      "Body: `{ parameters, priority, webhook: { url, events } }`. 201 with `Location`; 200 where the `Idempotency-Key` is known; 429 with `Retry-After` where too many wait",
    parameters: [
      { name: "definition", in: "path", description: "Name of the definition" },
      {
        name: "Idempotency-Key",
        in: "header",
        description:
          "The same key within 24 hours gives back the first job; with anything else asked under it, 422",
      },
    ],
    answers: ONE_JOB,
  },
  get: { summary: "One job: tasks, steps, attempts, progress", parameters: [JOB], answers: ONE_JOB },
  remove: {
    summary: "Removes a job that has ended, with its results and logs",
    parameters: [JOB],
    answers: {},
  },
  cancel: {
    summary: "Cancels a job: what waits never begins, what runs is stopped",
    parameters: [JOB],
    answers: ONE_JOB,
  },
  retry: { summary: "Begins the failed steps of a job anew", parameters: [JOB], answers: ONE_JOB },
  events: {
    summary: "What happens to a job, as server-sent events",
    description: "Ends with the job; 204 where nothing can come after `Last-Event-ID`",
    parameters: [
      JOB,
      { name: "Last-Event-ID", in: "header", description: "Number of the last event that was seen" },
    ],
    answers: { "text/event-stream": {} },
  },
  logs: {
    summary: "What the attempts of a job say",
    parameters: [
      JOB,
      query("task", "Key of a task"),
      query("step", "Name of a step"),
      query("attempt", "Number of an attempt", "integer"),
      query("tail", "Only so many lines from the end", "integer"),
      query("follow", "Goes on until the job has ended"),
      query("format", "json: the attempts that have said something"),
    ],
    answers: { "text/plain": {}, "application/json": {} },
  },
  results: {
    summary: "Files that a job left behind",
    parameters: [
      JOB,
      query("offset", "Files to pass over", "integer"),
      query("limit", "Files of a page, 10000 at most", "integer"),
    ],
    answers: JSON_ANSWER,
  },
  result: {
    summary: "One file of the results, the names in a folder, or all as archive.zip",
    parameters: [JOB, { name: "path", in: "path", description: "Path below the results" }],
    answers: { "application/octet-stream": {}, "application/json": {} },
  },
  page: { summary: "Page of all jobs", answers: { "text/html": {} } },
  jobPage: { summary: "Page of one job", parameters: [JOB], answers: { "text/html": {} } },
} as const satisfies Readonly<Record<string, Operation>>;

export function operation<H extends Handler>(name: keyof typeof OPERATIONS, handler: H): H {
  return described({ tags: ["jobs"], ...OPERATIONS[name] }, handler);
}
