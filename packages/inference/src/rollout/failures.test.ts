import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { StepRequest } from "../model-session.ts";
import { toyConditions, toyFirst } from "./testing/toy-model.ts";
import { toyRollouts } from "./testing/toy-rollouts.ts";
import { Death } from "./testing/toy-session.ts";

const RUN = { init: 0, member: 0 };

function has(requests: readonly StepRequest[], init: number, n: number): boolean {
  return requests.some((request) => request.run.initialTime.day === init && request.n === n);
}

describe("a step that fails", () => {
  it("fails all who wait for its run, is not kept, and is tried again when asked again", async () => {
    let failures = 1;
    const { rollouts, clock, reference, steps } = toyRollouts({
      session: {
        beforeStep: (requests) => {
          if (has(requests, 0, 4) && failures-- > 0)
            throw new GatewayError("model_output_invalid", "NaN in a");
        },
      },
    });
    const asked = [4, 6, 7].map((n) => rollouts.field({ ...RUN, n, variable: "a" }));
    const other = rollouts.field({ init: 1, member: 0, n: 6, variable: "a" });
    const failed = asked.map((answer) =>
      expect(answer).rejects.toMatchObject({ code: "model_output_invalid" }),
    );
    await clock.pass(60_000);
    await Promise.all(failed);
    expect([...(await other)]).toEqual(reference({ init: 1, member: 0 }, 6, "a"));
    expect(steps()).toBe(9);
    const again = rollouts.field({ ...RUN, n: 7, variable: "a" });
    await clock.pass(60_000);
    expect([...(await again)]).toEqual(reference(RUN, 7, "a"));
    expect(steps()).toBe(13);
  });

  it("in a batch fails the run whose fault it is, and no other", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts({
      session: {
        maxBatch: 4,
        beforeStep: (requests) => {
          if (has(requests, 2, 3)) throw new GatewayError("model_output_invalid", "NaN in a");
        },
      },
    });
    const asked = [0, 1, 2, 3].map((init) => rollouts.field({ init, member: 0, n: 5, variable: "a" }));
    const outcomes = Promise.allSettled(asked);
    await clock.pass(60_000);
    expect((await outcomes).map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
    ]);
    expect([...((await asked[3]) ?? [])]).toEqual(reference({ init: 3, member: 0 }, 5, "a"));
    expect(steps()).toBe(3 * 5 + 2);
  });

  it("with its process costs one failure, and the others go on in a new one from what is kept", async () => {
    let deaths = 1;
    const { rollouts, clock, reference, sessions, steps } = toyRollouts({
      session: {
        beforeStep: (requests) => {
          if (has(requests, 0, 6) && deaths-- > 0) throw new Death();
        },
      },
    });
    const dying = expect(rollouts.field({ ...RUN, n: 8, variable: "a" })).rejects.toMatchObject({
      code: "model_failed",
    });
    const others = [1, 2].map((init) => rollouts.field({ init, member: 0, n: 8, variable: "a" }));
    await clock.pass(60_000);
    await dying;
    for (const [position, answer] of others.entries())
      expect([...(await answer)]).toEqual(reference({ init: position + 1, member: 0 }, 8, "a"));
    expect(sessions.length).toBe(2);
    expect(steps()).toBe(5 + 8 + 8);
    expect(rollouts.counts.steps).toBe(21);
  });

  it("without a word whether its session lives means that it does not", async () => {
    const { rollouts, clock, sessions } = toyRollouts({
      session: {
        isMute: true,
        beforeStep: (requests) => {
          if (has(requests, 0, 1)) throw new GatewayError("model_timeout", "too long");
        },
      },
    });
    const asked = expect(rollouts.field({ ...RUN, n: 1, variable: "a" })).rejects.toMatchObject({
      code: "model_timeout",
    });
    await clock.pass(5000);
    await asked;
    const next = rollouts.field({ init: 1, member: 0, n: 1, variable: "a" });
    await clock.pass(5000);
    await next;
    expect(sessions.length).toBe(2);
  });
});

describe("a session that does not open", () => {
  it("fails those whose turn it was, says nothing of the server, and is tried again", async () => {
    let failures = 1;
    const { rollouts, clock } = toyRollouts({
      beforeOpen: () => {
        if (failures-- > 0) throw new Error("ENOENT /secret/model.onnx");
      },
    });
    const asked = expect(rollouts.field({ ...RUN, n: 1, variable: "a" })).rejects.toMatchObject({
      code: "model_failed",
      message: "the model could not be loaded",
    });
    await clock.pass(5000);
    await asked;
    const again = rollouts.field({ ...RUN, n: 1, variable: "a" });
    await clock.pass(5000);
    expect((await again).length).toBe(3);
  });
});

describe("a first state that cannot be had", () => {
  it("fails its run alone, and is asked for again", async () => {
    let failures = 2;
    const { rollouts, clock } = toyRollouts({
      rollouts: {
        conditions: toyConditions(1, 10, (place) => {
          if (place.init !== 0 || failures-- <= 0) return Promise.resolve(toyFirst(place, 1));
          return Promise.reject(new GatewayError("upstream", "a chunk is damaged"));
        }),
      },
    });
    const asked = [
      expect(rollouts.field({ ...RUN, n: 2, variable: "a" })).rejects.toMatchObject({ code: "upstream" }),
      rollouts.field({ init: 1, member: 0, n: 2, variable: "a" }),
    ];
    await clock.pass(5000);
    await Promise.all(asked);
    await expect(rollouts.field({ ...RUN, n: 0, variable: "a" })).rejects.toMatchObject({ code: "upstream" });
    const again = rollouts.field({ ...RUN, n: 2, variable: "a" });
    await clock.pass(5000);
    expect((await again).length).toBe(3);
  });

  it("of another length than the model wants is a failure", async () => {
    const { rollouts, clock } = toyRollouts({
      model: { history: 2 },
      rollouts: { conditions: toyConditions(1, 10) },
    });
    const asked = expect(rollouts.field({ ...RUN, n: 2, variable: "a" })).rejects.toThrow(/1 times.*wants 2/);
    await clock.pass(5000);
    await asked;
  });
});

describe("closing", () => {
  it("answers everyone who waits, and closes the sessions", async () => {
    const { rollouts, clock, sessions } = toyRollouts();
    const asked = expect(rollouts.field({ ...RUN, n: 20, variable: "a" })).rejects.toMatchObject({
      code: "overloaded",
    });
    await clock.pass(2500);
    const closing = rollouts.close();
    await clock.pass(5000);
    await closing;
    await asked;
    expect(sessions.map(({ isAlive }) => isAlive)).toEqual([false]);
    expect(rollouts.counts).toMatchObject({ steps: 2, waiters: 0, queuedRuns: 0 });
    await expect(rollouts.field({ ...RUN, n: 3, variable: "a" })).rejects.toMatchObject({
      code: "overloaded",
    });
    expect(clock.timers).toBe(0);
  });
});
