import { join } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";

/** Job ids are names of folders and of datasets. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** @throws GatewayError invalid_request */
export function checkedJobId(id: string): string {
  if (JOB_ID.test(id)) return id;
  throw new GatewayError("invalid_request", "a job id has 1 to 128 letters, digits, _ or -");
}

/**
 * Where the files of jobs lie, below one folder that all processes and machines of an installation share:
 *
 *     <root>/<job>/attempt-<n>/    what attempt n of the step that makes the results wrote: `results.zarr/`, `results.nc`, …
 *     <root>/<job>/published/      what the steps after it keep: manifests by attempt
 *     <root>/<job>/logs/           one file an attempt
 *
 * Which attempt counts is said by the job's record alone (the step's output names it), in the same transaction as its
 * success: nothing is renamed, and what a late worker writes lies where nobody looks.
 */
export interface JobFolders {
  readonly root: string;
  of(job: string): string;
  /** Of one attempt of the step that makes the results; it alone writes there. */
  attempt(job: string, fence: number): string;
  published(job: string): string;
  logs(job: string): string;
}

export function jobFolders(root: string): JobFolders {
  const of = (job: string): string => join(root, checkedJobId(job));
  return {
    root,
    of,
    attempt: (job, fence) => join(of(job), `attempt-${fence}`),
    published: (job) => join(of(job), "published"),
    logs: (job) => join(of(job), "logs"),
  };
}
