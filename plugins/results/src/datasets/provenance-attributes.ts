import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";
import type { JobRecord, Json } from "@zarr-gateway/jobs";
import { parseJson } from "@zarr-gateway/primitives";
import { type RunState, runState } from "../job-run.ts";

/** Of what a workflow tells about its origin: more would drown the attributes of the data. */
const MAX_FACTS = 48;
const MAX_TEXT = 500;

/**
 * Global attributes that say where a result comes from: they stand in its STAC item too. What the data say themselves wins,
 * but for `history`, which grows at its top as CF wants it (§2.6.2).
 */
export function withProvenance(attrs: Attributes, job: JobRecord): Attributes {
  const run = runState(job);
  const line = `${new Date(startOf(job, run)).toISOString()} made by the workflow ${job.definition} (job ${job.id})`;
  const history = typeof attrs["history"] === "string" ? `${line}\n${attrs["history"]}` : line;
  return {
    source: `workflow ${job.definition}, run by zarr-gateway`,
    ...facts(run),
    ...attrs,
    job: job.id,
    workflow: job.definition,
    history,
  };
}

function startOf(job: JobRecord, run: RunState): number {
  if (run.state !== "finished") return run.state === "running" ? run.startedAt : job.createdAt;
  const attempts = job.tasks.flatMap(({ steps }) => steps).find(({ name }) => name === "run")?.attempts ?? [];
  return attempts.find(({ number }) => number === run.output.attempt)?.startedAt ?? job.createdAt;
}

/** Known at the end of the run: `seed`, `model_sha256`, …; what lies deeper gets a name of its parts. */
function facts(run: RunState): Record<string, AttributeValue> {
  if (run.state !== "finished") return {};
  return Object.fromEntries(flattened(run.output.provenance, "provenance").slice(0, MAX_FACTS));
}

function flattened(value: Json, name: string): [string, AttributeValue][] {
  if (value === null) return [];
  if (typeof value === "object") {
    if (Array.isArray(value)) return [[name, JSON.stringify(value).slice(0, MAX_TEXT)]];
    const members = Object.entries(value as Readonly<Record<string, Json>>); // neither null nor a list
    return members.flatMap(([key, one]) => flattened(one, `${name}_${key.replace(/\W+/g, "_")}`));
  }
  // integers and floating-point numbers are told apart by attributes
  return [[name, typeof value === "number" ? parseJson(JSON.stringify(value)) : clipped(value)]];
}

function clipped(value: string | boolean): string | boolean {
  return typeof value === "string" ? value.slice(0, MAX_TEXT) : value;
}
