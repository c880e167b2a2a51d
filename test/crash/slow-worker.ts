import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobEngine, openJobStore } from "@zarr-gateway/jobs";

/** Takes the step `slow`, says so in a file, and ends it when another file is there. */
const [, , url = "", began = "", go = ""] = process.argv;
const store = await openJobStore(url);
const engine = createJobEngine({ store, concurrency: 1, leaseMs: 600, pollMs: 20 });
const ended = Promise.withResolvers<void>();
engine.defineStep({
  name: "slow",
  run: async () => {
    appendFileSync(began, "began\n");
    while (!existsSync(go)) await sleep(10);
    appendFileSync(began, "ended\n");
    ended.resolve();
    return "late";
  },
});
engine.start();
await ended.promise;
await sleep(200);
await engine.close();
await store.close();
