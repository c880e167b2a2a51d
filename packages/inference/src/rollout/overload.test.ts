import { createByteCache, type DiskCache, type GatewayError, type KeptBytes } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { type Toy, toyRollouts } from "./testing/toy-rollouts.ts";

const RUN = { init: 0, member: 0 };

/** One step of another run, so that its time is known. */
async function timeOneStep({ rollouts, clock }: Toy): Promise<void> {
  const asked = rollouts.field({ init: 99, member: 0, n: 1, variable: "a" });
  await clock.pass(1000);
  await asked;
}

function outcomeOf(answer: Promise<Float32Array>): { error?: GatewayError; isThere?: true } {
  const outcome: { error?: GatewayError; isThere?: true } = {};
  answer.then(
    () => {
      outcome.isThere = true;
    },
    (error: GatewayError) => {
      outcome.error = error;
    },
  );
  return outcome;
}

describe("turns", () => {
  it("go around between clients, so that one with many runs keeps nobody waiting", async () => {
    const { rollouts, clock } = toyRollouts();
    const greedy = Array.from({ length: 30 }, (_, init) =>
      rollouts.field({ init, member: 0, n: 30, variable: "a" }, { client: "greedy" }),
    );
    await clock.pass(5000);
    const modest = outcomeOf(
      rollouts.field({ init: 50, member: 0, n: 4, variable: "a" }, { client: "modest" }),
    );
    await clock.pass(10_000);
    expect(modest).toEqual({ isThere: true });
    await clock.pass(1_000_000);
    await Promise.all(greedy);
  });

  it("are not gained by asking in small pieces", async () => {
    const { rollouts, clock } = toyRollouts();
    const patient = outcomeOf(rollouts.field({ ...RUN, n: 10, variable: "a" }, { client: "patient" }));
    let walked = 0;
    const walk = async (): Promise<void> => {
      for (let n = 1; n <= 40; n++) {
        await rollouts.field({ init: 1, member: 0, n, variable: "a" }, { client: "walker" });
        walked = n;
      }
    };
    const walking = walk();
    await clock.pass(22_000);
    expect(patient).toEqual({ isThere: true });
    expect(walked).toBeGreaterThanOrEqual(9);
    await clock.pass(100_000);
    await walking;
  });

  it("go around between the runs of one client", async () => {
    const { rollouts, clock, calls } = toyRollouts();
    const asked = [0, 1, 2].map((init) => rollouts.field({ init, member: 0, n: 2, variable: "a" }));
    await clock.pass(10_000);
    await Promise.all(asked);
    expect(calls()).toEqual(["0/0:1", "1/0:1", "2/0:1", "0/0:2", "1/0:2", "2/0:2"]);
  });

  it("carry as many runs as the model takes, where they need the same network", async () => {
    const { rollouts, clock, calls, steps, reference } = toyRollouts({
      model: { strides: [2, 1] },
      session: { maxBatch: 4 },
      rollouts: { maxBatch: 3 },
    });
    const asked = [0, 1, 2, 3].map((member) => rollouts.field({ init: 0, member, n: 3, variable: "a" }));
    await clock.pass(20_000);
    const values = await Promise.all(asked);
    expect(values.map((field) => [...field])).toEqual(
      [0, 1, 2, 3].map((member) => reference({ init: 0, member }, 3, "a")),
    );
    expect(steps()).toBe(8);
    expect(calls().length).toBeLessThanOrEqual(5);
    expect(Math.max(...calls().map((call) => call.split(" ").length))).toBe(3);
  });

  it("are given in several sessions at once", async () => {
    const { rollouts, clock, sessions } = toyRollouts({ rollouts: { processes: 2 } });
    const asked = [0, 1].map((init) => rollouts.field({ init, member: 0, n: 10, variable: "a" }));
    await clock.pass(11_000);
    await Promise.all(asked);
    expect(sessions.map(({ counts }) => counts.steps)).toEqual([10, 10]);
  });
});

describe("a request that cannot be met in time", () => {
  it("is refused before any work, with the estimate and the time to come back", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    await timeOneStep(toy);
    const asked = toy.rollouts.field({ ...RUN, n: 40, variable: "a" });
    await expect(asked).rejects.toMatchObject({
      code: "overloaded",
      details: { retryAfterSeconds: 1 },
      message: expect.stringMatching(/40 steps.*about 40 s.*held for 10 s/) as string,
    });
    await toy.clock.pass(100_000);
    expect(toy.steps()).toBe(1);
  });

  it("is refused for the queue, until that has become shorter", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    await timeOneStep(toy);
    const first = outcomeOf(toy.rollouts.field({ ...RUN, n: 8, variable: "a" }, { client: "x" }));
    await toy.clock.pass(0);
    const second = toy.rollouts.field({ init: 1, member: 0, n: 8, variable: "a" }, { client: "y" });
    await expect(second).rejects.toMatchObject({ code: "overloaded", details: { retryAfterSeconds: 7 } });
    await toy.clock.pass(7000);
    const again = outcomeOf(toy.rollouts.field({ init: 1, member: 0, n: 8, variable: "a" }, { client: "y" }));
    await toy.clock.pass(10_000);
    expect([first, again]).toEqual([{ isThere: true }, { isThere: true }]);
  });

  it("counts what is kept: a lead near to what was made is not far", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    await timeOneStep(toy);
    for (const n of [9, 18, 27]) {
      const asked = outcomeOf(toy.rollouts.field({ ...RUN, n, variable: "a" }));
      await toy.clock.pass(10_000);
      expect(asked).toEqual({ isThere: true });
    }
  });

  it("gets nearer each time it is asked, and goes on in between, however far it is", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    await timeOneStep(toy);
    let asks = 0;
    let isThere = false;
    while (!isThere && asks < 10) {
      asks += 1;
      const asked = outcomeOf(toy.rollouts.field({ ...RUN, n: 40, variable: "a" }));
      await toy.clock.pass(10_000);
      isThere = asked.isThere === true;
      const retryAfter = asked.error?.details["retryAfterSeconds"];
      if (typeof retryAfter === "number") await toy.clock.pass(retryAfter * 1000);
    }
    expect(isThere).toBe(true);
    expect(asks).toBeLessThanOrEqual(4);
    expect(toy.steps()).toBe(41);
  });

  it("is begun at the time that was told first, however often it is asked before", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    await timeOneStep(toy);
    const ask = (): { error?: GatewayError } =>
      outcomeOf(toy.rollouts.field({ ...RUN, n: 40, variable: "a" }));
    const early = [ask()];
    for (let time = 0; time < 2; time++) {
      await toy.clock.pass(400);
      early.push(ask());
    }
    await toy.clock.pass(200);
    expect(early.map(({ error }) => error?.code)).toEqual(["overloaded", "overloaded", "overloaded"]);
    expect(toy.steps()).toBe(1);
    ask();
    await toy.clock.pass(5000);
    expect(toy.steps()).toBe(6);
  });

  it("is not far where an earlier process came near, as the disk knows", async () => {
    const folder = new Map<string, KeptBytes>();
    const counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };
    const disk: DiskCache = {
      counts,
      get: (key) => Promise.resolve(folder.get(key)),
      keep: (key, kept) => void folder.set(key, kept),
      close: () => Promise.resolve(),
    };
    const start = (): Toy =>
      toyRollouts({
        rollouts: { maxWaitMs: 10_000, cache: createByteCache(1e6, { disk }), checkpointEvery: 4 },
      });
    const first = start();
    for (const n of [9, 18]) {
      const asked = outcomeOf(first.rollouts.field({ ...RUN, n, variable: "a" }));
      await first.clock.pass(10_000);
      expect(asked.isThere).toBe(true);
    }
    const second = start();
    await timeOneStep(second);
    const asked = outcomeOf(second.rollouts.field({ ...RUN, n: 21, variable: "a" }));
    await second.clock.pass(5000);
    expect(asked).toEqual({ isThere: true });
    expect(second.steps()).toBe(1 + 3);
  });

  it("is not gone on with for ever when nobody comes back", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000, steps: 1000 } });
    await timeOneStep(toy);
    const ask = (): { error?: GatewayError } =>
      outcomeOf(toy.rollouts.field({ ...RUN, n: 1000, variable: "a" }));
    expect(ask()).toEqual({});
    await toy.clock.pass(1000);
    const held = ask();
    await toy.clock.pass(1_000_000);
    expect(held.error?.message).toMatch(/99[01] steps are left: what was computed is kept/);
    expect(toy.steps()).toBeLessThanOrEqual(1 + 10 + 20 + 1);
    expect(toy.sessions[0]?.states.size).toBe(0);
  });

  it("is not refused before a step was timed, and told when its time is over", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 10_000 } });
    const asked = outcomeOf(toy.rollouts.field({ ...RUN, n: 15, variable: "a" }));
    await toy.clock.pass(10_000);
    expect(asked.error).toMatchObject({ code: "overloaded", details: { retryAfterSeconds: 6 } });
    await toy.clock.pass(6000);
    const again = outcomeOf(toy.rollouts.field({ ...RUN, n: 15, variable: "a" }));
    await toy.clock.pass(0);
    expect(again).toEqual({ isThere: true });
    expect(toy.steps()).toBe(15);
  });

  it("is tried where it is a single step and nothing else waits, however long the last one took", async () => {
    const toy = toyRollouts({ rollouts: { maxWaitMs: 500 } });
    await expect(
      Promise.all([toy.rollouts.field({ ...RUN, n: 1, variable: "a" }), toy.clock.pass(1000)]),
    ).rejects.toMatchObject({ code: "overloaded" });
    const next = outcomeOf(toy.rollouts.field({ init: 1, member: 0, n: 1, variable: "a" }));
    await toy.clock.pass(400);
    expect(next).toEqual({});
  });
});

describe("the queue", () => {
  it("is bounded: a thousand clients with a thousand runs get answers or honest refusals", async () => {
    const toy = toyRollouts({ count: 1000, rollouts: { maxQueuedRuns: 20 } });
    const outcomes = Array.from({ length: 1000 }, (_, init) =>
      outcomeOf(toy.rollouts.field({ init, member: 0, n: 3, variable: "a" }, { client: `${init}` })),
    );
    await toy.clock.pass(0);
    expect(toy.rollouts.counts).toMatchObject({ queuedRuns: 25, waiters: 25 });
    await toy.clock.pass(1_000_000);
    expect(outcomes.filter(({ isThere }) => isThere).length).toBe(25);
    const refused = outcomes.flatMap(({ error }) => (error ? [error] : []));
    expect(refused.length).toBe(975);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["overloaded"]));
    expect(toy.steps()).toBe(75);
  });

  it("that one client has filled lets another in", async () => {
    const toy = toyRollouts({ rollouts: { maxQueuedRuns: 4 } });
    const ask = (init: number, client: string): ReturnType<typeof outcomeOf> =>
      outcomeOf(toy.rollouts.field({ init, member: 0, n: 3, variable: "a" }, { client }));
    const greedy = [0, 1, 2, 3, 4].map((init) => ask(init, "greedy"));
    const other = ask(9, "other");
    await toy.clock.pass(1_000_000);
    expect([...greedy, other].map(({ isThere }) => isThere === true)).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it("has room for those who wait for a run that is in it, up to a bound of requests", async () => {
    const toy = toyRollouts({ rollouts: { maxQueuedRuns: 1, maxWaiters: 10 } });
    const outcomes = Array.from({ length: 12 }, () =>
      outcomeOf(toy.rollouts.field({ ...RUN, n: 2, variable: "a" })),
    );
    await toy.clock.pass(10_000);
    expect(outcomes.filter(({ isThere }) => isThere).length).toBe(10);
  });
});

describe("an estimate", () => {
  it("tells steps, what is kept of them, and what comes first, and runs nothing", async () => {
    const toy = toyRollouts();
    const { rollouts, clock } = toy;
    const of = (n: number, init = 0): unknown => rollouts.estimate({ init, member: 0, n, variable: "a" });
    expect(of(12)).toEqual({ steps: 12, stepsKept: 0, stepsAhead: 0, waitMs: undefined, isKept: false });
    const asked = rollouts.field({ ...RUN, n: 10, variable: "a" });
    await clock.pass(4000);
    expect(of(12)).toEqual({ steps: 12, stepsKept: 4, stepsAhead: 0, waitMs: 8000, isKept: false });
    expect(of(4)).toEqual({ steps: 4, stepsKept: 4, stepsAhead: 0, waitMs: 0, isKept: true });
    expect(of(9, 1)).toEqual({ steps: 9, stepsKept: 0, stepsAhead: 6, waitMs: 15_000, isKept: false });
    await clock.pass(10_000);
    await asked;
    expect(toy.steps()).toBe(10);
  });

  it("of a place that there is not is a failure", () => {
    const { rollouts } = toyRollouts({ count: 3 });
    const places = [{ init: 3 }, { member: 4 }, { n: 41 }, { n: 0.5 }, { variable: "z" }];
    for (const wrong of places)
      expect(() => rollouts.estimate({ ...RUN, n: 1, variable: "a", ...wrong })).toThrow(
        /the forecast has no/,
      );
  });
});

it("a cache that keeps nothing on its disk is no failure", async () => {
  const counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };
  const full = {
    counts,
    get: () => Promise.resolve(undefined),
    keep: () => {},
    close: () => Promise.resolve(),
  };
  const toy = toyRollouts({ rollouts: { cache: createByteCache(2000, { disk: full }) } });
  const asked = toy.rollouts.field({ ...RUN, n: 20, variable: "a" });
  await toy.clock.pass(30_000);
  expect([...(await asked)]).toEqual(toy.reference(RUN, 20, "a"));
});
