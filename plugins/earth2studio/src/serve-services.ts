import type { JobResults, Jobs } from "@zarr-gateway/jobs";
import type { Host, Workflows } from "@zarr-gateway/plugin";
import type { Earth2StudioOptions } from "./options.ts";
import type { SettledJobs } from "./settled-jobs.ts";

/** All that the routes stand on. */
export interface ServeServices {
  readonly host: Pick<Host, "log">;
  readonly engine: Jobs["engine"];
  /** How the owner of a job is known. */
  readonly owners: Jobs["owners"];
  readonly jobs: SettledJobs;
  readonly workflows: Workflows;
  readonly results: JobResults;
  readonly options: Earth2StudioOptions;
}
