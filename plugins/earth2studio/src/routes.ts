import { callOptionsOf, jsonResource, respond, scopeOf } from "@zarr-gateway/http";
import { described, type Operation, type OperationParameter } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";
import { type Context, type Handler, Hono } from "hono";
import { findWorkflow } from "./find-execution.ts";
import { isOurs, type Refusal, refusalOf, refuse, sentence } from "./refusal.ts";
import { answerResultFile } from "./result-file-route.ts";
import { answerResults } from "./results-route.ts";
import type { ServeServices } from "./serve-services.ts";
import { servedDefaults, withDefaults } from "./served-defaults.ts";
import { SettledJobs } from "./settled-jobs.ts";
import { answerStatus } from "./status-route.ts";
import { submitDefault, submitNamed } from "./submit-execution.ts";

type Answer = (c: Context, services: ServeServices) => Response | Promise<Response>;

interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  readonly mediaType: string;
  readonly answer: Answer;
}

const JSON_TYPE = "application/json";

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/infer/workflows",
    summary: "Workflows that can be run, with a sentence about each",
    mediaType: JSON_TYPE,
    answer: answerWorkflows,
  },
  {
    method: "GET",
    path: "/v1/infer/workflows/:workflow/schema",
    summary: "JSON Schema of a workflow's parameters",
    mediaType: "application/schema+json",
    answer: answerSchema,
  },
  {
    method: "POST",
    path: "/v1/infer",
    summary: "Run the only workflow there is",
    mediaType: JSON_TYPE,
    answer: submitDefault,
  },
  {
    method: "POST",
    path: "/v1/infer/:workflow",
    summary: "Run a workflow: an execution that is watched by its id",
    mediaType: JSON_TYPE,
    answer: (c, services) => submitNamed(c, c.req.param("workflow") ?? "", services),
  },
  {
    method: "GET",
    path: "/v1/infer/:workflow/:execution/status",
    summary: "How far an execution is",
    mediaType: JSON_TYPE,
    answer: answerStatus,
  },
  {
    method: "GET",
    path: "/v1/infer/:workflow/:execution/results",
    summary: "What an execution left behind: files with their sizes",
    mediaType: JSON_TYPE,
    answer: answerResults,
  },
  {
    method: "GET",
    path: "/v1/infer/:workflow/:execution/results/:path{.+}",
    summary: "One file of an execution's results, or all of them as an archive",
    mediaType: "application/octet-stream",
    answer: answerResultFile,
  },
];

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  workflow: "name of a workflow",
  execution: "id of an execution",
  path: "path of a file, with or without the execution's id before it; `{workflow}:{execution}` is the archive",
};

/** Earth2Studio's `serve`, route by route. */
export function serveRoutes(parts: Omit<ServeServices, "jobs">): Hono {
  const jobs = new SettledJobs(parts.engine);
  parts.results.onRemoval?.((id) => jobs.leaves(id));
  const services = { ...parts, jobs };
  const routes = new Hono();
  for (const { method, path, summary, mediaType, answer } of ROUTES) {
    const operation: Operation = {
      summary,
      tags: ["earth2studio"],
      parameters: [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => parameter(name)),
      answers: { [mediaType]: {} },
    };
    routes.on(method, path, described(operation, readable(answer, services)));
  }
  return routes;
}

function parameter(name: string): OperationParameter {
  return {
    name,
    in: "path",
    description: DESCRIPTIONS[name] ?? name,
    required: true,
    schema: { type: "string" },
  };
}

/** Failures of the server in the client's words too; the log has them whole. */
function readable(answer: Answer, services: ServeServices): Handler {
  const { host, options } = services;
  return async (c) => {
    if (options.strict && c.req.method === "HEAD") return refuse(c, notAllowed(), true);
    try {
      return await answer(c, services);
    } catch (error) {
      if (c.req.raw.signal.aborted) throw error;
      const requestId = scopeOf(c)?.requestId;
      const refusal = refusalOf(error, requestId);
      if (isOurs(refusal)) host.log.error({ requestId, path: c.req.path, err: error }, messageOf(error));
      return refuse(c, refusal, options.strict);
    }
  };
}

/** Upstream knows no HEAD. */
function notAllowed(): Refusal {
  return sentence(405, "Method Not Allowed", { Allow: "GET" });
}

function answerWorkflows(c: Context, { workflows }: ServeServices): Promise<Response> {
  const listed = workflows.list().filter(({ isListed }) => isListed);
  const byName = Object.fromEntries(listed.map(({ name, description }) => [name, description]));
  return respond(c, jsonResource({ workflows: byName }));
}

async function answerSchema(c: Context, services: ServeServices): Promise<Response> {
  const known = findWorkflow(c.req.param("workflow") ?? "", services);
  if ("refusal" in known) return refuse(c, known.refusal, services.options.strict);
  const { name, schema } = known.found;
  const call = callOptionsOf(c.req.raw, scopeOf(c));
  const defaults = await servedDefaults({ workflow: name, given: {} }, services, call);
  return respond(c, jsonResource(withDefaults(schema, defaults)));
}
