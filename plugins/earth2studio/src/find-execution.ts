import type { JobRecord } from "@zarr-gateway/jobs";
import type { WorkflowInfo } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type Refusal, sentence } from "./refusal.ts";
import type { ServeServices } from "./serve-services.ts";

export type Found<T> = { readonly found: T } | { readonly refusal: Refusal };

/** A workflow that may be asked for; hidden and unknown ones are 404 in words of their own. */
export function findWorkflow(
  name: string,
  { workflows }: ServeServices,
  noun = "Workflow",
): Found<WorkflowInfo> {
  const found = workflows.get(name);
  if (found !== undefined) return { found };
  if (workflows.isHidden(name)) return { refusal: sentence(404, `Workflow '${name}' is not exposed`) };
  return { refusal: sentence(404, `${noun} '${name}' not found`) };
}

export interface ExecutionAsked {
  readonly workflow: string;
  readonly id: string;
  /** 404, but 400 on the route of results: upstream's tests insist. */
  readonly unknownStatus: 400 | 404;
}

/** An execution of exactly this workflow. */
export async function findExecution(
  { workflow, id, unknownStatus }: ExecutionAsked,
  services: ServeServices,
  options: CallOptions,
): Promise<Found<JobRecord>> {
  const known = findWorkflow(workflow, services, "Custom workflow");
  if ("refusal" in known) return known;
  const job = await services.jobs.get(id, options);
  if (job !== undefined && job.definition === workflow) return { found: job };
  const text = `Execution ${id} not found for workflow ${workflow}`;
  return { refusal: sentence(unknownStatus, text) };
}
