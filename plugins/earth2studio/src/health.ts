import type { JobEngine } from "@zarr-gateway/jobs";
import type { HealthCheck, Workflows } from "@zarr-gateway/plugin";

/** How much waits, and since when. */
export function queueHealth(engine: JobEngine): HealthCheck {
  return {
    name: "jobs:queue",
    async check(options) {
      const { definitions, running } = await engine.stats(options);
      const waiting = definitions.reduce((sum, { jobs }) => sum + (jobs.queued ?? 0), 0);
      const oldest = definitions.flatMap(({ oldestQueuedAt }) => oldestQueuedAt ?? []);
      return {
        status: "pass",
        waiting,
        running: Object.values(running).reduce((sum, count) => sum + count, 0),
        oldestWaitsSeconds: oldest.length === 0 ? null : (Date.now() - Math.min(...oldest)) / 1000,
      };
    },
  };
}

/** A workflow that is broken is told; the others are run. */
export function workflowsHealth(workflows: Workflows): HealthCheck {
  return {
    name: "workflows",
    check() {
      const all = workflows.list();
      const failed = all.flatMap(({ name, state }) =>
        state.state === "failed" ? [[name, state.reason] as const] : [],
      );
      return {
        status: failed.length === 0 ? "pass" : "warn",
        count: all.length,
        failed: Object.fromEntries(failed),
      };
    },
  };
}
