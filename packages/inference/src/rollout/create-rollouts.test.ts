import { createByteCache } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { toyConditions, toyFirst } from "./testing/toy-model.ts";
import { toyRollouts } from "./testing/toy-rollouts.ts";

const RUN = { init: 0, member: 0 };

describe("what a lead costs", () => {
  it("is what it needs, and all that is passed is kept", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts();
    const asked = rollouts.field({ ...RUN, n: 5, variable: "a" });
    await clock.pass(10_000);
    expect([...(await asked)]).toEqual(reference(RUN, 5, "a"));
    for (const variable of ["a", "b", "d"]) {
      for (const n of [1, 2, 3, 4, 5])
        expect([...(await rollouts.field({ ...RUN, n, variable }))]).toEqual(reference(RUN, n, variable));
    }
    expect(steps()).toBe(5);
  });

  it("is two steps for lead 8 where a long network makes each fourth", async () => {
    const { rollouts, clock, reference, calls, steps } = toyRollouts({ model: { strides: [4, 1] } });
    const asked = rollouts.field({ ...RUN, n: 8, variable: "b" });
    await clock.pass(10_000);
    expect([...(await asked)]).toEqual(reference(RUN, 8, "b"));
    expect(calls()).toEqual(["0/0:4", "0/0:8"]);
    const between = rollouts.field({ ...RUN, n: 7, variable: "b" });
    await clock.pass(10_000);
    expect([...(await between)]).toEqual(reference(RUN, 7, "b"));
    expect(steps()).toBe(5);
  });

  it("is one roll-out for 32 who ask at once, whatever they ask of it", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts();
    const leads = Array.from({ length: 32 }, (_, position) => 1 + (position % 10));
    const asked = leads.map((n) =>
      rollouts.field({ ...RUN, n, variable: n % 2 ? "a" : "d" }, { client: `${n}` }),
    );
    await clock.pass(20_000);
    const values = await Promise.all(asked);
    expect(values.map((field) => [...field])).toEqual(leads.map((n) => reference(RUN, n, n % 2 ? "a" : "d")));
    expect(steps()).toBe(10);
    expect(rollouts.counts).toMatchObject({ steps: 10, waiters: 0, queuedRuns: 0 });
  });

  it("is nothing for state variables at lead 0, which open no session", async () => {
    const { rollouts, sessions, reference } = toyRollouts();
    expect([...(await rollouts.field({ init: 3, member: 1, n: 0, variable: "a" }))]).toEqual(
      reference({ init: 3, member: 1 }, 0, "a"),
    );
    expect(sessions).toEqual([]);
  });

  it("is the diagnostics alone for a diagnostic variable at lead 0", async () => {
    const { rollouts, clock, sessions, steps, reference } = toyRollouts();
    const asked = rollouts.field({ ...RUN, n: 0, variable: "d" });
    await clock.pass(0);
    expect([...(await asked)]).toEqual(reference(RUN, 0, "d"));
    expect(steps()).toBe(0);
    expect(rollouts.counts).toMatchObject({ steps: 0, diagnostics: 1 });
    const next = rollouts.field({ ...RUN, n: 1, variable: "d" });
    await clock.pass(1000);
    expect([...(await next)]).toEqual(reference(RUN, 1, "d"));
    expect(sessions[0]?.begun).toBe(1);
  });
});

describe("a roll-out", () => {
  it("goes on from the state that its session holds", async () => {
    const { rollouts, clock, sessions, steps } = toyRollouts();
    for (const n of [3, 4, 9]) {
      const asked = rollouts.field({ ...RUN, n, variable: "a" });
      await clock.pass(10_000);
      await asked;
    }
    expect(steps()).toBe(9);
    expect(sessions[0]?.begun).toBe(1);
  });

  it("starts again near its last lead when its state was released, for what is published is the state", async () => {
    const { rollouts, clock, sessions, reference, steps } = toyRollouts({ rollouts: { idleMs: 5000 } });
    const first = rollouts.field({ ...RUN, n: 6, variable: "a" });
    await clock.pass(60_000);
    await first;
    expect(sessions[0]?.states.size).toBe(0);
    const second = rollouts.field({ ...RUN, n: 8, variable: "a" });
    await clock.pass(60_000);
    expect([...(await second)]).toEqual(reference(RUN, 8, "a"));
    expect(steps()).toBe(8);
  });

  it.each([
    [2, 8],
    [3, 8],
  ])(
    "starts again at a checkpoint where a state of %i times is not all published",
    async (history, target) => {
      const { rollouts, clock, reference, steps } = toyRollouts({
        model: { history, feed: [0, 1] },
        rollouts: { idleMs: 5000, checkpointEvery: 4 },
      });
      const first = rollouts.field({ ...RUN, n: 6, variable: "a" });
      await clock.pass(60_000);
      await first;
      const second = rollouts.field({ ...RUN, n: target, variable: "b" });
      await clock.pass(60_000);
      expect([...(await second)]).toEqual(reference(RUN, target, "b"));
      expect(steps()).toBe(6 + (target - 4));
    },
  );

  it("starts again at the first state when nothing is kept", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts({
      rollouts: { idleMs: 5000, cache: createByteCache(0) },
    });
    for (const n of [3, 5]) {
      const asked = rollouts.field({ ...RUN, n, variable: "a" });
      await clock.pass(60_000);
      expect([...(await asked)]).toEqual(reference(RUN, n, "a"));
    }
    expect(steps()).toBe(8);
  });

  it("makes a field again whose bytes were let go of", async () => {
    const { rollouts, clock, reference } = toyRollouts({ rollouts: { cache: createByteCache(4000) } });
    for (const n of [20, 3, 12, 1, 20]) {
      const asked = rollouts.field({ ...RUN, n, variable: "d" });
      await clock.pass(60_000);
      expect([...(await asked)]).toEqual(reference(RUN, n, "d"));
    }
  });

  it("ends after its step when the last who waited has gone, and keeps what it made", async () => {
    const { rollouts, clock, steps } = toyRollouts();
    const [one, other] = [new AbortController(), new AbortController()];
    const asked = [
      rollouts.field({ ...RUN, n: 20, variable: "a" }, { signal: one.signal }),
      rollouts.field({ ...RUN, n: 30, variable: "a" }, { signal: other.signal }),
    ].map((answer) => expect(answer).rejects.toMatchObject({ name: "AbortError" }));
    await clock.pass(2500);
    one.abort();
    await clock.pass(2000);
    expect(steps()).toBe(4);
    other.abort();
    await clock.pass(60_000);
    await Promise.all(asked);
    expect(steps()).toBe(5);
    await rollouts.field({ ...RUN, n: 5, variable: "d" });
    expect(rollouts.counts).toMatchObject({ steps: 5, waiters: 0, queuedRuns: 0 });
  });

  it("is begun for a nearer lead that is asked for while states for a farther one are fetched", async () => {
    const { rollouts, clock, steps } = toyRollouts();
    const asked = [0, 1].flatMap((init) =>
      [3, 2].map((n) => rollouts.field({ init, member: 0, n, variable: "a" })),
    );
    await clock.pass(6000);
    await Promise.all(asked);
    expect(steps()).toBe(6);
  });

  it("does not go to the first state of a run that nobody waits for any more", async () => {
    const stopped: string[] = [];
    const { rollouts, clock, sessions } = toyRollouts({
      rollouts: {
        conditions: {
          ...toyConditions(1, 10),
          state: (_start, { signal } = {}) =>
            new Promise((_resolve, reject) => {
              signal?.addEventListener("abort", () => {
                stopped.push("analysis");
                reject(signal.reason as Error);
              });
            }),
        },
      },
    });
    const stop = new AbortController();
    const asked = rollouts.field({ ...RUN, n: 2, variable: "a" }, { signal: stop.signal });
    await settled();
    stop.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await clock.pass(0);
    expect(stopped).toEqual(["analysis"]);
    expect(sessions).toEqual([]);
  });

  it("tells each who waited how long it queued, and how long the model worked for it", async () => {
    const { rollouts, clock } = toyRollouts();
    const told: Record<string, number | undefined>[] = [];
    const ask = (init: number, client: string): Promise<Float32Array> => {
      const timings: Record<string, number | undefined> = {};
      told.push(timings);
      const add = (name: string, ms?: number): void => {
        timings[name] = ms;
      };
      return rollouts.field({ init, member: 0, n: 3, variable: "a" }, { client, timings: { add } });
    };
    const asked = [ask(0, "x"), ask(1, "y")];
    await clock.pass(10_000);
    await Promise.all(asked);
    expect(told).toEqual([
      { queue: 2000, infer: 3000 },
      { queue: 3000, infer: 3000 },
    ]);
  });
});

describe("looking ahead", () => {
  it("makes the next leads for a client that walks, while nothing else waits", async () => {
    const { rollouts, clock, steps, calls } = toyRollouts({ rollouts: { lookAhead: 2 } });
    const read = async (n: number): Promise<void> => {
      const asked = rollouts.field({ ...RUN, n, variable: "a" });
      await clock.pass(1000);
      await asked;
    };
    await read(1);
    await clock.pass(10_000);
    expect(steps()).toBe(1);
    await read(2);
    await clock.pass(10_000);
    expect(steps()).toBe(4);
    await read(3);
    const other = rollouts.field({ init: 7, member: 0, n: 2, variable: "a" });
    await clock.pass(10_000);
    await other;
    expect(calls()).toEqual(["0/0:1", "0/0:2", "0/0:3", "0/0:4", "0/0:5", "7/0:1", "7/0:2"]);
  });

  it("stops at the last lead, and does nothing where the cache is too small for it", async () => {
    const small = toyRollouts({ rollouts: { lookAhead: 2, cache: createByteCache(100) } });
    const short = toyRollouts({ rollouts: { lookAhead: 2, steps: 3 } });
    for (const { rollouts, clock } of [small, short]) {
      for (const n of [1, 2]) {
        const asked = rollouts.field({ ...RUN, n, variable: "a" });
        await clock.pass(5000);
        await asked;
      }
    }
    expect([small.steps(), short.steps()]).toEqual([2, 3]);
  });
});

describe("memory", () => {
  it("holds few states, however many runs are asked one after the other, and none when idle", async () => {
    const { rollouts, clock, sessions } = toyRollouts({ rollouts: { maxStateBytes: 8 * 24 } });
    for (let init = 0; init < 100; init++) {
      const asked = rollouts.field({ init, member: 0, n: 2, variable: "a" });
      await clock.pass(2000);
      await asked;
    }
    expect(sessions[0]?.mostStates).toBeLessThanOrEqual(10);
    await clock.pass(200_000);
    expect(sessions[0]?.states.size).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it("of many runs that are asked at once is bounded too, and each goes on without making a step again", async () => {
    const { rollouts, clock, sessions, steps } = toyRollouts({ rollouts: { maxStateBytes: 8 * 24 } });
    const asked = Array.from({ length: 50 }, (_, init) =>
      rollouts.field({ init, member: 0, n: 6, variable: "a" }, { client: `${init}` }),
    );
    await clock.pass(400_000);
    await Promise.all(asked);
    expect(sessions[0]?.mostStates).toBeLessThanOrEqual(14);
    expect(steps()).toBe(300);
  });

  it("keeps copies of what shares a buffer with other values", async () => {
    const buffer = new ArrayBuffer(1024 * 1024);
    const cache = createByteCache(64 * 1024 * 1024);
    const { rollouts } = toyRollouts({
      rollouts: {
        cache,
        conditions: toyConditions(1, 10, (place) => {
          const [entry] = toyFirst(place, 1).entries;
          const views = [...(entry ?? [])].map(([name, values], position) => {
            const view = new Float32Array(buffer, position * 12, 3);
            view.set(values);
            return [name, view] as const;
          });
          return Promise.resolve({ n: 0, entries: [new Map(views)] });
        }),
      },
    });
    await rollouts.field({ ...RUN, n: 0, variable: "a" });
    expect(cache.bytes).toBeLessThan(2000);
  });
});
