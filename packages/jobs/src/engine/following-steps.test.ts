import { describe, expect, it } from "vitest";
import type { ClaimRequest, JobStore } from "../job-store.ts";
import { jobState } from "../reducer/job-state.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import { closeEnginesAfterEach, ended, engineWith } from "./testing/engines.ts";

closeEnginesAfterEach();

interface Asked {
  /** What the store was asked for, in order; `|` stands between two turns of the event loop. */
  readonly turns: string[];
  readonly store: JobStore;
}

/** A store that notes what it is asked for, and answers in a later turn, as one on a disk does. */
function noted(isInOrder: boolean): Asked {
  const { inOrder: _inOrder, ...inner } = memoryJobStore();
  const turns: string[] = [];
  const later = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    turns.push(name);
    const result = await work();
    await new Promise(setImmediate);
    if (turns.at(-1) !== "|") turns.push("|");
    await new Promise(setImmediate);
    return result;
  };
  const store: JobStore = {
    ...inner,
    ...(isInOrder && { inOrder: true }),
    create: (...call) => later("create", () => inner.create(...call)),
    append: (...call) => later(call[1].map(({ type }) => type).join(" "), () => inner.append(...call)),
    claim: (request: ClaimRequest) => later(`claim ${request.free}`, () => inner.claim(request)),
  };
  return { turns, store };
}

const TWO = [{ step: "s" }, { step: "s", name: "then" }];

describe("steps that follow one another", () => {
  it("begin in the turn in which the one before ends, where the store keeps the order", async () => {
    const { turns, store } = noted(true);
    const engine = engineWith({}, { store, pollMs: 60_000 }, TWO);
    engine.start();
    while (turns.length < 2) await new Promise(setImmediate);
    turns.length = 0;
    const { id } = await engine.submit("d", 1);
    expect(jobState(await ended(engine, id))).toBe("succeeded");
    const asked = turns.join(" ").replaceAll(/claim \d+/g, "claim");
    expect(asked.split(/ \|(?: |$)/).slice(0, 3)).toEqual([
      "create claim",
      "step_succeeded claim",
      "step_succeeded claim",
    ]);
  });

  it("wait for the end of the one before to be kept, where it does not", async () => {
    const { turns, store } = noted(false);
    const engine = engineWith({}, { store, pollMs: 60_000 }, TWO);
    engine.start();
    const { id } = await engine.submit("d", 1);
    expect(jobState(await ended(engine, id))).toBe("succeeded");
    for (const turn of turns.join(" ").split(" | ")) expect(turn).not.toMatch(/succeeded .*claim/);
  });

  it("bring their news with their end", async () => {
    const { turns, store } = noted(true);
    const run = async (_input: unknown, _settings: unknown, context: { progress(news: object): void }) => {
      context.progress({ fraction: 1, message: "done" });
      return null;
    };
    const engine = engineWith({ run }, { store, pollMs: 60_000 });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(turns.join(" ")).toContain("step_progressed step_succeeded claim");
    expect(job.tasks[0]?.steps[0]?.progress).toEqual({ fraction: 1, message: "done" });
  });

  it("never are more at once than the engine's concurrency", async () => {
    let running = 0;
    let most = 0;
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return null;
    };
    const { store } = noted(true);
    const engine = engineWith({ run }, { store, concurrency: 3 }, TWO);
    engine.start();
    const jobs = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((number) => engine.submit("d", number)));
    for (const { id } of jobs) expect(jobState(await ended(engine, id))).toBe("succeeded");
    expect(most).toBe(3);
  });
});
