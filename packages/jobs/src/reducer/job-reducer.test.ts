import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobEvent } from "../event.ts";
import { plannedJob } from "../planner/plan-job.ts";
import type { JobRecord } from "../record.ts";
import { jobProgress } from "./job-progress.ts";
import { advanceJob, reduceJob } from "./job-reducer.ts";
import { isJobEnded, isStepEnded, jobState } from "./job-state.ts";

const STEPS = new Map(
  ["fetch", "run", "store"].map((name) => [name, { name, retry: { maxAttempts: 2 }, run: async () => null }]),
);
const BLANK = {
  id: "j",
  definition: "d",
  owner: "o",
  params: null,
  priority: 0,
  createdAt: 0,
  retentionMs: 0,
};

/** Two tasks: a chain, and a diamond whose one arm may fail. */
function exampleJob(): JobRecord {
  const chain = [{ step: "fetch" }, { step: "run" }, { step: "store" }];
  const diamond = [
    { step: "fetch" },
    { step: "run", name: "left", dependsOn: ["fetch"] },
    { step: "run", name: "right", dependsOn: ["fetch"], optional: true },
    { step: "store", dependsOn: ["left", "right"] },
  ];
  const plans = [
    { key: "a", input: 1, steps: chain },
    { key: "b", input: 2, steps: diamond },
  ];
  return plannedJob(BLANK, plans, STEPS);
}

const attempt = {
  task: fc.constantFrom("a", "b"),
  step: fc.constantFrom("fetch", "run", "store", "left", "right"),
  fence: fc.constantFrom(1, 1, 2, 3),
};
const at = fc.constantFrom(0, 5, 10);
const started = fc.record({
  type: fc.constant("step_started" as const),
  worker: fc.constant("w"),
  until: at,
  ...attempt,
  at,
});
const succeeded = fc.record({
  type: fc.constant("step_succeeded" as const),
  output: fc.integer(),
  ...attempt,
  at,
});
const failed = fc.record(
  {
    type: fc.constant("step_failed" as const),
    reason: fc.constantFrom("failed" as const, "lost" as const, "timed_out" as const),
    error: fc.constant({ code: "upstream", message: "no" }),
    retryAt: at,
    ...attempt,
    at,
  },
  { requiredKeys: ["type", "reason", "error", "task", "step", "fence", "at"] },
);
const stopped = fc.record({ type: fc.constant("step_cancelled" as const), ...attempt, at });
const cancelled = fc.record({ type: fc.constant("job_cancelled" as const), at });
const expired = fc.record({ type: fc.constant("job_expired" as const), at });
const anyEvent: fc.Arbitrary<JobEvent> = fc.oneof(
  { weight: 30, arbitrary: started },
  { weight: 20, arbitrary: succeeded },
  { weight: 10, arbitrary: failed },
  { weight: 2, arbitrary: stopped },
  { weight: 1, arbitrary: cancelled },
  { weight: 1, arbitrary: expired },
);
const history = fc.array(anyEvent, { minLength: 0, maxLength: 200 });

function stepsOf(job: JobRecord) {
  return job.tasks.flatMap((task) => task.steps);
}

/** Lets every open step begin and succeed until nothing is open. */
function finished(job: JobRecord): JobRecord {
  for (let round = 0; round < 50 && !isJobEnded(jobState(job)); round++)
    for (const task of job.tasks)
      for (const { name } of task.steps) {
        const step = job.tasks.find((one) => one.key === task.key)?.steps.find((one) => one.name === name);
        if (step === undefined) continue;
        const base = { task: task.key, step: name, at: 1e6 };
        if (step.state === "ready")
          job = reduceJob(job, {
            ...base,
            type: "step_started",
            fence: step.fence + 1,
            worker: "w",
            until: 2e6,
          });
        if (step.state === "running")
          job = reduceJob(job, { ...base, type: "step_succeeded", fence: step.fence, output: null });
      }
  return job;
}

describe("the job reducer", () => {
  it("finishes no step twice and lets no ended step or job move", () => {
    fc.assert(
      fc.property(history, (events) => {
        let job = exampleJob();
        const successes = new Map<string, number>();
        for (const event of events) {
          const next = reduceJob(job, event);
          for (const [position, step] of stepsOf(job).entries())
            if (isStepEnded(step)) expect(stepsOf(next)[position]).toBe(step);
          if (isJobEnded(jobState(job)) && event.type !== "job_expired") expect(next).toBe(job);
          if (next !== job && event.type === "step_succeeded") {
            const key = `${event.task}/${event.step}`;
            successes.set(key, (successes.get(key) ?? 0) + 1);
          }
          job = next;
        }
        expect([...successes.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("loses nothing: after any history, running what is ready ends the job", () => {
    fc.assert(
      fc.property(history, (events) => {
        const job = finished(events.reduce(reduceJob, exampleJob()));
        expect(isJobEnded(jobState(job))).toBe(true);
        expect(job.endedAt).toBeDefined();
        expect(stepsOf(job).every(isStepEnded)).toBe(true);
        const { fraction } = jobProgress(job, 2e6);
        if (jobState(job) === "succeeded") expect(fraction).toBe(1);
        else expect(fraction).toBeLessThanOrEqual(1);
        const steps = stepsOf(job);
        if (steps.every(({ state }) => state !== "succeeded") && steps.every(({ optional }) => !optional))
          expect(fraction).toBeLessThan(1);
      }),
      { numRuns: 300 },
    );
  });

  it("begins a step only after what it depends on, and never more often than allowed", () => {
    fc.assert(
      fc.property(history, (events) => {
        let job = exampleJob();
        for (const event of events) {
          job = reduceJob(job, event);
          for (const task of job.tasks)
            for (const step of task.steps) {
              expect(step.fence).toBeLessThanOrEqual(step.attemptsAllowed);
              if (step.state !== "running") expect(step.lease).toBeUndefined();
              if (step.fence === 0) continue;
              for (const name of step.dependsOn) {
                const before = task.steps.find((other) => other.name === name);
                expect(before?.state === "succeeded" || (before?.optional && before.state === "failed")).toBe(
                  true,
                );
              }
            }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("comes to the same record in whatever order the events of two tasks mix", () => {
    const work = fc.array(fc.oneof(started, succeeded), { maxLength: 80 });
    fc.assert(
      fc.property(work, (events) => {
        const sorted = [
          ...events.filter((event) => event.task === "b"),
          ...events.filter((event) => event.task === "a"),
        ];
        const tasks = (list: readonly JobEvent[]) => list.reduce(reduceJob, exampleJob()).tasks;
        expect(tasks(sorted)).toEqual(tasks(events));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same record when the kept events are played again", () => {
    fc.assert(
      fc.property(history, (events) => {
        let job = exampleJob();
        const kept: JobEvent[] = [];
        for (const event of events) {
          const advanced = advanceJob(job, event);
          job = advanced.job;
          kept.push(...advanced.events);
        }
        expect(kept.reduce(reduceJob, exampleJob())).toEqual(job);
        const said = kept.findLast((event) => event.type === "job_state_changed");
        if (said !== undefined) expect(jobState(job)).toBe(said.state);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses the late result of a lost lease", () => {
    const base = { task: "a", step: "fetch" };
    const lost: JobEvent[] = [
      { ...base, type: "step_started", fence: 1, worker: "w1", until: 30, at: 0 },
      {
        ...base,
        type: "step_failed",
        fence: 1,
        reason: "lost",
        error: { code: "lost", message: "" },
        retryAt: 31,
        at: 31,
      },
      { ...base, type: "step_started", fence: 2, worker: "w2", until: 70, at: 40 },
    ];
    const job = lost.reduce(reduceJob, exampleJob());
    const late = reduceJob(job, { ...base, type: "step_succeeded", fence: 1, output: "late", at: 41 });
    expect(late).toBe(job);
    const right = reduceJob(job, { ...base, type: "step_succeeded", fence: 2, output: "right", at: 42 });
    expect(right.tasks[0]?.steps[0]?.output).toBe("right");
  });

  it("keeps a lease that was renewed before somebody called it lost", () => {
    const base = { task: "a", step: "fetch", fence: 1 };
    const renewed: JobEvent[] = [
      { ...base, type: "step_started", worker: "w1", until: 30, at: 0 },
      { ...base, type: "lease_renewed", until: 60, at: 29 },
    ];
    const job = renewed.reduce(reduceJob, exampleJob());
    const error = { code: "lost", message: "" };
    expect(reduceJob(job, { ...base, type: "step_failed", reason: "lost", error, retryAt: 31, at: 31 })).toBe(
      job,
    );
  });

  it("lets a dead step be asked for again, with what was skipped after it", () => {
    const error = { code: "upstream", message: "down" };
    const base = { task: "a", step: "fetch", fence: 1, at: 0 };
    const dead: JobEvent[] = [
      { ...base, type: "step_started", worker: "w", until: 1 },
      { ...base, type: "step_failed", reason: "failed", error },
    ];
    const job = dead.reduce(reduceJob, exampleJob());
    expect(job.tasks[0]?.steps.map((step) => step.state)).toEqual(["failed", "skipped", "skipped"]);
    const again = reduceJob(job, { type: "step_requeued", task: "a", step: "fetch", at: 5 });
    expect(again.tasks[0]?.steps.map((step) => step.state)).toEqual(["ready", "waiting", "waiting"]);
    expect(jobState(finished(again))).toBe("succeeded");
  });
});
