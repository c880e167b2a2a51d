import type { JobRecord, Json } from "@zarr-gateway/jobs";
import { liveMetadata } from "./progress-document.ts";
import { runFacts } from "./run-facts.ts";

/** What the workflow said, above the parameters with which it runs: defaults filled in, spelled the same in every state. */
export function executionMetadata(job: JobRecord): Readonly<Record<string, unknown>> {
  const { metadata, provenance } = runFacts(job);
  return {
    parameters: executionParameters(job),
    ...liveMetadata(job),
    ...metadata,
    ...(provenance === undefined || provenance === null ? {} : { provenance }),
  };
}

/** As they were checked where the job's plan says so, else as they were sent. */
export function executionParameters(job: JobRecord): Json {
  const planned = memberOf(job.tasks[0]?.input, "parameters");
  return planned ?? job.params;
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // Neither null nor a list: what is left of Json is an object.
  const member = (value as { readonly [key: string]: Json })[name];
  return typeof member === "object" && member !== null ? member : undefined;
}
