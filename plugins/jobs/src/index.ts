import { JobsService } from "@zarr-gateway/jobs";
import { definePlugin, provide } from "@zarr-gateway/plugin";
import { JobMetrics } from "./engine/job-metrics.ts";
import { openJobs } from "./engine/open-jobs.ts";
import { jobsOptions } from "./options.ts";
import { JobActivityService } from "./services.ts";

/** The engine that runs every job of the server; others define jobs through the service `jobs`. */
export default definePlugin({
  name: "jobs",
  version: "0.1.0",
  prefix: "",
  options: jobsOptions,
  provides: [JobsService, JobActivityService],
  async setup(host, options) {
    const metrics = new JobMetrics(Date.now);
    const opened = await openJobs(options, { metrics, log: host.log });
    return {
      services: [provide(JobsService, opened.jobs), provide(JobActivityService, opened.activity)],
      metrics: metrics.metrics(),
      started: () => opened.jobs.engine.start(),
      draining: () => opened.drain(),
      close: () => opened.close(),
    };
  },
});
