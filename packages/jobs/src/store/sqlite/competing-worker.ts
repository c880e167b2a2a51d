import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteJobStore } from "../sqlite-job-store.ts";

/** A worker process for tests: takes and finishes steps of a file until every job has ended. */
const [, , path = ""] = process.argv;
const store = openSqliteJobStore(path);
const worker = `pid ${process.pid}`;
const error = { code: "lost", message: "its worker went away" };

while ((await store.list({ limit: 100 })).some((job) => job.endedAt === undefined)) {
  const now = Date.now();
  for (const { job, task, step } of await store.lostLeases(now, 10)) {
    const attempt = { task: task.key, step: step.name, fence: step.fence };
    await store.append(job.id, [
      {
        type: "step_failed",
        reason: "lost",
        error,
        retryAt: now,
        at: now,
        ...attempt,
      },
    ]);
  }
  const request = { worker, now, leaseMs: 200, free: 2, steps: ["fetch", "run"], limits: {} };
  for (const { job, task, step } of await store.claim(request)) {
    await sleep(1);
    const attempt = { task: task.key, step: step.name, fence: step.fence };
    await store.append(job.id, [{ type: "step_succeeded", output: worker, at: Date.now(), ...attempt }]);
  }
  await sleep(1);
}
await store.close();
