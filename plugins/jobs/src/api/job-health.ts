import type { HealthCheck } from "@zarr-gateway/plugin";
import type { FrontDoor } from "./front-door.ts";

/** Workers look twice a second; after this long they are stuck. */
const SILENT_MS = 15_000;

/** The store of jobs and those who work on them, for `/health`. */
export function jobHealth({ jobs, activity }: FrontDoor): readonly HealthCheck[] {
  const began = Date.now();
  return [
    {
      name: "jobs:store",
      async check(options) {
        const started = performance.now();
        await jobs.engine.list({ limit: 1 }, options);
        const ms = Math.round((performance.now() - started) * 10) / 10;
        // What can be read may be full or read-only all the same.
        const reason = activity.metrics.refusal(SILENT_MS);
        return reason === undefined ? { status: "pass", ms } : { status: "fail", ms, reason };
      },
    },
    {
      name: "jobs:workers",
      check() {
        const { concurrency, workers, metrics } = activity;
        if (concurrency === 0) return { status: "pass", workers, here: 0 }; // other processes run the steps
        const lookedAt = metrics.lookedAt ?? began;
        return {
          status: Date.now() - lookedAt < SILENT_MS ? "pass" : "fail",
          workers,
          here: concurrency,
          lookedAt: new Date(lookedAt).toISOString(),
        };
      },
    },
  ];
}
