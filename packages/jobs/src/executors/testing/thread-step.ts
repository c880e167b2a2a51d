import { setTimeout as sleep } from "node:timers/promises";
import type { RunStep } from "../step-message.ts";

/** A step for tests that runs on a thread: does what its input says. */
const run: RunStep = async (input, _settings, { signal, log, progress }) => {
  log(`input ${JSON.stringify(input)}`);
  progress({ fraction: 0.5, message: "half", current: 1, total: 2 });
  if (input === "throw") throw new Error("no");
  if (input === "exit") process.exit(7);
  if (input === "hang") for (;;) Math.sqrt(2);
  if (input === "wait") await sleep(60_000, undefined, { signal });
  return { input, environment: Object.keys(process.env).length };
};
export default run;
