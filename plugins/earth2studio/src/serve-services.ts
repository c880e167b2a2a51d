import type { JobResults, Jobs } from "@zarr-gateway/jobs";
import type { Host, Workflows } from "@zarr-gateway/plugin";
import type { Earth2StudioOptions } from "./options.ts";

/** All that the routes stand on. */
export interface ServeServices {
  readonly host: Pick<Host, "log">;
  readonly engine: Jobs["engine"];
  readonly workflows: Workflows;
  readonly results: JobResults;
  readonly options: Earth2StudioOptions;
}
