import { JobResultsService, JobsService } from "@zarr-gateway/jobs";
import { definePlugin, WorkflowsService } from "@zarr-gateway/plugin";
import { queueHealth, workflowsHealth } from "./health.ts";
import { earth2studioOptions } from "./options.ts";
import { serveRoutes } from "./routes.ts";

/** The API of Earth2Studio's `serve` on the jobs of this server. */
export default definePlugin({
  name: "earth2studio",
  version: "0.1.0",
  // `/v1/infer`, as its clients know it
  prefix: "",
  options: earth2studioOptions,
  wants: [JobsService, WorkflowsService, JobResultsService],
  setup(host, options) {
    const jobs = host.find(JobsService);
    const workflows = host.find(WorkflowsService);
    const results = host.find(JobResultsService);
    if (jobs === undefined || workflows === undefined || results === undefined) return {};
    return {
      routes: serveRoutes({ host, engine: jobs.engine, workflows, results, options }),
      checks: [queueHealth(jobs.engine), workflowsHealth(workflows)],
    };
  },
});
