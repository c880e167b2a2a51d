import { setTimeout as sleep } from "node:timers/promises";
import { afterEach } from "vitest";
import type { StepCall, StepDefinition } from "../../definition.ts";
import type { JobEngine } from "../../job-engine.ts";
import type { JobRecord } from "../../record.ts";
import { memoryJobStore } from "../../store/memory-job-store.ts";
import type { JobEngineOptions } from "../engine-options.ts";
import { createJobEngine } from "../store-job-engine.ts";

const engines: JobEngine[] = [];
/** To be called at the top of a test file. */
export function closeEnginesAfterEach(): void {
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });
}

const FAST = { pollMs: 5, leaseMs: 600, graceMs: 5 };

export function engineWith(
  step: Partial<StepDefinition>,
  options: Partial<JobEngineOptions> = {},
  calls: readonly StepCall[] = [{ step: "s" }],
): JobEngine {
  const engine = createJobEngine({ store: memoryJobStore(), ...FAST, ...options });
  const retry = { maxAttempts: 2, delayMs: 1 };
  engine.defineStep({ name: "s", retry, run: async (input) => ({ was: input }), ...step });
  const params = {
    parse: (input: unknown): number => {
      if (typeof input !== "number") throw new Error("expected a number");
      return input;
    },
  };
  engine.defineJob({ name: "d", params, plan: (input) => [{ key: "t", input, steps: calls }] });
  engines.push(engine);
  return engine;
}

export async function ended(engine: JobEngine, id: string): Promise<JobRecord> {
  for await (const _event of engine.watch(id)) void _event;
  const job = await engine.get(id);
  if (job === undefined) throw new Error("the job is gone");
  return job;
}

export function hanging(seen: { signal?: AbortSignal }): Partial<StepDefinition> {
  return {
    run: (_input, _settings, { signal }) => {
      seen.signal = signal;
      return new Promise(() => {});
    },
  };
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(2);
}
