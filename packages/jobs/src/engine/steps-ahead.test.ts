import { describe, expect, it } from "vitest";
import type { StepDefinition } from "../definition.ts";
import type { JobStore } from "../job-store.ts";
import { jobState } from "../reducer/job-state.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import { Pace } from "./pace.ts";
import { closeEnginesAfterEach, ended, engineWith, until } from "./testing/engines.ts";

closeEnginesAfterEach();

/** How many steps each look for work was allowed to take. */
function counted(): { readonly store: JobStore; readonly free: number[] } {
  const store = memoryJobStore();
  const free: number[] = [];
  const claim: JobStore["claim"] = (request) => {
    free.push(request.free);
    return store.claim(request);
  };
  return { store: { ...store, claim }, free };
}

const numbers = Array.from({ length: 40 }, (_, number) => number);

/** Ends at once for numbers up to 39; later ones hang until they are told to stop. */
function mixed(seen: number[]): StepDefinition["run"] {
  return async (input, _settings, { signal }) => {
    seen.push(Number(input));
    if (Number(input) < 40) return null;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return null;
  };
}

describe("steps that end within moments", () => {
  it("are claimed before there is a place, and run in order, no more at once than allowed", async () => {
    const { store, free } = counted();
    let running = 0;
    let most = 0;
    const seen: unknown[] = [];
    const run: StepDefinition["run"] = async (input) => {
      seen.push(input);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return null;
    };
    const engine = engineWith({ run }, { store, concurrency: 2 });
    const jobs = await Promise.all(numbers.map((number) => engine.submit("d", number)));
    engine.start();
    for (const { id } of jobs) expect(jobState(await ended(engine, id))).toBe("succeeded");
    expect(free[0]).toBe(2);
    expect(Math.max(...free)).toBeGreaterThan(4);
    expect(most).toBe(2);
    expect(seen).toEqual(numbers);
  });

  it("go to other engines where the places are held after all, and that is no attempt", async () => {
    const { store } = counted();
    const seen: number[] = [];
    const engine = engineWith({ run: mixed(seen), retry: { maxAttempts: 1 } }, { store, leaseMs: 60_000 });
    engine.start();
    for (const number of numbers) await engine.submit("d", number);
    await until(() => seen.length === numbers.length);
    const long = await engine.submit("d", 40);
    const after = await Promise.all([1, 2, 3].map((number) => engine.submit("d", number)));
    await until(() => seen.includes(40));
    const other = engineWith({ retry: { maxAttempts: 1 } }, { store });
    other.start();
    for (const { id } of after) {
      const job = await ended(other, id);
      expect(jobState(job)).toBe("succeeded");
      for (const { outcome } of job.tasks[0]?.steps[0]?.attempts ?? [])
        expect(outcome).toMatch(/^(handed_back|succeeded)$/);
    }
    await engine.cancel(long.id);
    expect(jobState(await ended(engine, long.id))).toBe("cancelled");
  });

  it("end without having run when their job is cancelled, and are handed back by an engine that closes", async () => {
    const { store } = counted();
    const seen: number[] = [];
    const engine = engineWith({ run: mixed(seen) }, { store, leaseMs: 60_000 });
    for (const number of numbers) await engine.submit("d", number);
    const long = await engine.submit("d", 40);
    const [unwanted, open] = [await engine.submit("d", 41), await engine.submit("d", 42)];
    engine.start();
    await until(() => seen.includes(40));
    await engine.cancel(unwanted.id);
    expect(jobState(await ended(engine, unwanted.id))).toBe("cancelled");
    await engine.close();
    expect(seen).not.toContain(41);
    for (const { id } of [long, open])
      expect((await store.get(id))?.tasks[0]?.steps[0]).toMatchObject({ state: "ready" });
  });
});

describe("the pace of steps", () => {
  it("allows nothing ahead before one ended, for long ones, and after it was forgotten", () => {
    const pace = new Pace();
    expect(pace.ahead(4)).toBe(0);
    pace.note(3_600_000);
    expect(pace.ahead(4)).toBe(0);
    const quick = new Pace();
    quick.note(4);
    expect(quick.ahead(2)).toBe(10);
    quick.note(0);
    expect(quick.ahead(1000)).toBe(64);
    quick.forget();
    expect(quick.ahead(1000)).toBe(0);
  });
});
