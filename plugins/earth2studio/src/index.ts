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
  requires: [JobsService, WorkflowsService, JobResultsService],
  setup(host, options) {
    const { engine, owners } = host.use(JobsService);
    const workflows = host.use(WorkflowsService);
    const results = host.use(JobResultsService);
    return {
      routes: serveRoutes({ host, engine, owners, workflows, results, options }),
      checks: [queueHealth(engine), workflowsHealth(workflows)],
    };
  },
});
