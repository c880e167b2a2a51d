import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobEngine, type Json, openJobStore } from "@zarr-gateway/jobs";

/**
 * A process that may be killed at any moment: `submit` asks for jobs from a number on, `work` runs their steps. Both append to
 * files what they have done, a line each, so that a line is there whole or not at all.
 */
const [, , role = "", url = "", notes = "", first = "0", last = "0"] = process.argv;
const store = await openJobStore(url);
const engine = createJobEngine({
  store,
  concurrency: 4,
  leaseMs: 1500,
  pollMs: 30,
  maxQueued: 1e6,
  onError: (error) => process.stderr.write(`${role}: ${String(error)}\n`),
});

function note(words: readonly unknown[]): void {
  appendFileSync(notes, `${words.join(" ")}\n`);
}

for (const name of ["first", "second"])
  engine.defineStep({
    name,
    retry: { maxAttempts: 100, delayMs: 1, maxDelayMs: 50 },
    run: async (input: Json, _settings, { jobId, stepName, attempt }) => {
      note(["effect", jobId, stepName, attempt]);
      await sleep(Math.random() * 80);
      return [attempt, input];
    },
  });
engine.defineJob({
  name: "crash",
  params: { parse: Number },
  plan: (input) => [{ key: "t", input, steps: [{ step: "first" }, { step: "second" }] }],
});

if (role === "work") engine.start();
else
  for (let index = Number(first); index < Number(last); index++)
    for (;;)
      try {
        const { id } = await engine.submit("crash", index, { idempotencyKey: `job ${index}` });
        note(["accepted", index, id]);
        await sleep(Math.random() * 80);
        break;
      } catch (error) {
        process.stderr.write(`submit: ${String(error)}\n`);
        await sleep(20);
      }
if (role === "submit") {
  await engine.close();
  await store.close();
} else
  process.on(
    "SIGTERM",
    () =>
      void engine
        .close()
        .then(() => store.close())
        .then(() => process.exit()),
  );
