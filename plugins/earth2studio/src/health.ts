import type { JobEngine } from "@zarr-gateway/jobs";
import type { HealthCheck, Workflows } from "@zarr-gateway/plugin";

/** Jobs can be kept, found and counted. */
export function jobsHealth(engine: JobEngine): HealthCheck {
  return {
    name: "jobs",
    async check(options) {
      const { definitions, running } = await engine.stats(options);
      const waiting = definitions.reduce((sum, { jobs }) => sum + (jobs.queued ?? 0), 0);
      const oldest = definitions.flatMap(({ oldestQueuedAt }) => oldestQueuedAt ?? []);
      return {
        isHealthy: true,
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
    async check() {
      const all = workflows.list();
      const failed = all.flatMap(({ name, state }) =>
        state.state === "failed" ? [[name, state.reason] as const] : [],
      );
      return { isHealthy: true, count: all.length, failed: Object.fromEntries(failed) };
    },
  };
}
