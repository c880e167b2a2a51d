import { JobResultsService, JobsService } from "@zarr-gateway/jobs";
import { definePlugin } from "@zarr-gateway/plugin";
import { similarWord } from "@zarr-gateway/primitives";
import { z } from "zod";
import { FrontDoor } from "./api/front-door.ts";
import { jobHealth } from "./api/job-health.ts";
import { queueMetrics } from "./api/queue-metrics.ts";
import { jobRoutes } from "./api/routes.ts";
import { JobActivityService } from "./services.ts";
import { visibleDefinitions } from "./webhooks/webhook-job.ts";

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
    const known = visibleDefinitions(jobs.engine);
    for (const name of activity.limited)
      if (!known.includes(name)) host.log.warn({ name }, unknownLimit(name, known));
    const door = new FrontDoor({ host, jobs, activity, results: host.find(JobResultsService) });
    return {
      routes: jobRoutes(door),
      metrics: queueMetrics(door),
      checks: jobHealth(door),
    };
  },
});

function unknownLimit(name: string, known: readonly string[]): string {
  const meant = similarWord(name, known);
  return `jobs.maxRunning: no job "${name}" is defined${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}
