import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepCall } from "../definition.ts";
import { plannedJob } from "./plan-job.ts";
import { retryAt } from "./retry-delay.ts";
import { stepInput } from "./step-input.ts";

const STEPS = new Map([
  ["fetch", { name: "fetch", timeoutMs: 5, retry: { maxAttempts: 4 }, run: async () => null }],
]);
const BLANK = {
  id: "j",
  definition: "d",
  owner: "o",
  params: null,
  priority: 0,
  createdAt: 7,
  retentionMs: 0,
};

function planned(...steps: readonly StepCall[]) {
  return plannedJob(BLANK, [{ key: "t", input: "in", steps }], STEPS);
}

describe("a planned job", () => {
  it("makes a chain unless told otherwise, its first step ready", () => {
    const [task] = planned({ step: "fetch" }, { step: "fetch", name: "again" }).tasks;
    expect(task?.steps.map((step) => [step.name, step.state, step.dependsOn])).toEqual([
      ["fetch", "ready", []],
      ["again", "waiting", ["fetch"]],
    ]);
    expect(task?.steps[0]).toMatchObject({ timeoutMs: 5, attemptsAllowed: 4, readyAt: 7 });
  });

  it.each([
    ["two steps of one name", [{ step: "fetch" }, { step: "fetch" }], 'two steps named "fetch"'],
    [
      "a later step",
      [
        { step: "fetch", dependsOn: ["b"] },
        { step: "fetch", name: "b" },
      ],
      "no earlier step",
    ],
    ["an unknown step", [{ step: "fly" }], 'calls step "fly"'],
    ["no step", [], "has no step"],
  ])("refuses %s", (_what, steps, message) => {
    expect(() => planned(...steps)).toThrow(message);
  });

  it("refuses no task and two tasks of one key", () => {
    const task = { key: "t", input: null, steps: [{ step: "fetch" }] };
    expect(() => plannedJob(BLANK, [], STEPS)).toThrow("planned no task");
    expect(() => plannedJob(BLANK, [task, task], STEPS)).toThrow("same key");
  });

  it("refuses more steps than a record holds", () => {
    const steps = Array.from({ length: 10_001 }, () => ({ step: "fetch" }));
    expect(() => planned(...steps)).toThrow("at most 10000");
  });
});

describe("the input of a step", () => {
  it("is the task's, the one output before it, or an object by name", () => {
    const job = planned(
      { step: "fetch", name: "a" },
      { step: "fetch", name: "b" },
      { step: "fetch", name: "c", dependsOn: ["a", "b"] },
    );
    const [task] = job.tasks;
    if (task === undefined) throw new Error("no task");
    const done = { ...task, steps: task.steps.map((step) => ({ ...step, output: `out-${step.name}` })) };
    expect(done.steps.map((step) => stepInput(done, step))).toEqual([
      "in",
      "out-a",
      { a: "out-a", b: "out-b" },
    ]);
  });
});

describe("when a failed step runs again", () => {
  it("waits longer each time, within half and whole of the pause, and stops when attempts are used up", () => {
    const retry = { maxAttempts: 10, delayMs: 100, maxDelayMs: 1000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (fence, random) => {
          const at = retryAt({ fence, attemptsAllowed: 10, retry }, 5000, random);
          if (fence >= 10) {
            expect(at).toBeUndefined();
            return;
          }
          const whole = Math.min(1000, 100 * 2 ** (fence - 1));
          expect(at).toBeGreaterThanOrEqual(5000 + whole / 2);
          expect(at).toBeLessThanOrEqual(5000 + whole);
        },
      ),
    );
  });

  it("begins with the short pause again for a step that was asked for again", () => {
    const retry = { maxAttempts: 2, delayMs: 100, maxDelayMs: 1000 };
    expect(retryAt({ fence: 3, attemptsAllowed: 4, retry }, 0, 0.999999)).toBe(100);
  });
});
