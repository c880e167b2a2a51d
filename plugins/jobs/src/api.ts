import { JobResultsService, JobsService } from "@zarr-gateway/jobs";
import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { FrontDoor } from "./api/front-door.ts";
import { jobHealth } from "./api/job-health.ts";
import { queueMetrics } from "./api/queue-metrics.ts";
import { jobRoutes } from "./api/routes.ts";
import { JobActivityService } from "./services.ts";

/** `/v1/jobs` and the page `/jobs`: every job, whatever front door it came through. */
export default definePlugin({
  name: "jobs-api",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).prefault({}),
  requires: [JobsService, JobActivityService],
  wants: [JobResultsService],
  setup(host) {
    const jobs = host.use(JobsService);
    const activity = host.use(JobActivityService);
    const door = new FrontDoor({ host, jobs, activity, results: host.find(JobResultsService) });
    return {
      routes: jobRoutes(door),
      metrics: queueMetrics(door),
      checks: jobHealth(door),
    };
  },
});
