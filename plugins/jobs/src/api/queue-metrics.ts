import { isJobEnded, type JobState, type JobStats } from "@zarr-gateway/jobs";
import type { MetricValue, PluginMetric } from "@zarr-gateway/plugin";
import type { FrontDoor } from "./front-door.ts";

/** Several numbers are of one look at the store: asked for again within this time, they are the same. */
const KEEP_MS = 2000;

/** Numbers of the store, of all processes together: each tells the same. Absent where the store is away. */
export function queueMetrics(door: FrontDoor): readonly PluginMetric[] {
  const stats = keptStats(door);
  const gauge = (name: string, help: string, valuesOf: (stats: JobStats) => MetricValue[]): PluginMetric => ({
    name: `zarr_gateway_${name}`,
    type: "gauge",
    help,
    values: async () => {
      const now = await stats();
      return now === undefined ? [] : valuesOf(now);
    },
  });
  return [
    gauge("jobs", "Jobs in the store, by definition and state", ({ definitions }) =>
      definitions.flatMap(({ definition, jobs }) =>
        Object.entries(jobs).map(([state, value]) => ({ labels: { definition, state }, value })),
      ),
    ),
    gauge("job_queue_depth", "Jobs that wait to begin", ({ definitions }) =>
      definitions.map(({ definition, jobs }) => ({ labels: { definition }, value: jobs.queued ?? 0 })),
    ),
    gauge("job_queue_oldest_seconds", "How long the job that waits longest has waited", ({ definitions }) =>
      definitions.map(({ definition, oldestQueuedAt }) => ({
        labels: { definition },
        value: oldestQueuedAt === undefined ? 0 : Math.max(0, (Date.now() - oldestQueuedAt) / 1000),
      })),
    ),
    gauge("jobs_open", "Jobs that have not ended", ({ definitions }) =>
      definitions.map(({ definition, jobs }) => ({ labels: { definition }, value: openJobs(jobs) })),
    ),
    gauge("job_steps_running", "Steps that run, by step", ({ running }) =>
      Object.entries(running).map(([step, value]) => ({ labels: { step }, value })),
    ),
    {
      name: "zarr_gateway_job_streams",
      type: "gauge",
      help: "Clients that watch jobs or follow logs here",
      values: () => [{ labels: {}, value: door.streams.open }],
    },
  ];
}

function openJobs(jobs: Readonly<Partial<Record<JobState, number>>>): number {
  const open = Object.entries(jobs).filter(([state]) => !isJobEnded(state as JobState)); // its keys
  return open.reduce((sum, [, count]) => sum + count, 0);
}

function keptStats({ jobs, host }: FrontDoor): () => Promise<JobStats | undefined> {
  let kept: { readonly at: number; readonly stats: Promise<JobStats | undefined> } | undefined;
  return () => {
    const now = performance.now();
    if (kept === undefined || now - kept.at > KEEP_MS) {
      const stats = jobs.engine.stats().catch((error: unknown) => {
        host.log.warn({ err: error }, "jobs could not be counted");
        return undefined;
      });
      kept = { at: now, stats };
    }
    return kept.stats;
  };
}
