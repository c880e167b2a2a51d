import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { toyRollouts } from "./testing/toy-rollouts.ts";

const RUN = { init: 0, member: 0 };

describe("fields that are on their way", () => {
  it("do not hold up the next step", async () => {
    const { rollouts, clock, reference, calls } = toyRollouts({ session: { fieldsMs: 800 } });
    const asked = [1, 5].map((n) => rollouts.field({ ...RUN, n, variable: "a" }));
    await clock.pass(1000);
    expect(calls()).toEqual(["0/0:1"]);
    expect(await isSettled(asked[0])).toBe(false);
    await clock.pass(800);
    expect([...(await asked[0]!)]).toEqual(reference(RUN, 1, "a"));
    await clock.pass(3200);
    expect(calls()).toHaveLength(5);
    await clock.pass(800);
    expect([...(await asked[1]!)]).toEqual(reference(RUN, 5, "a"));
  });

  it("are waited for by those who ask now, and made once", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts({ session: { fieldsMs: 800 } });
    const first = rollouts.field({ ...RUN, n: 1, variable: "a" });
    await clock.pass(1200);
    const second = rollouts.field({ ...RUN, n: 1, variable: "d" });
    const leave = new AbortController();
    const left = rollouts.field({ ...RUN, n: 1, variable: "d" }, { signal: leave.signal });
    leave.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    await clock.pass(600);
    expect([...(await first)]).toEqual(reference(RUN, 1, "a"));
    expect([...(await second)]).toEqual(reference(RUN, 1, "d"));
    await clock.pass(5000);
    expect(steps()).toBe(1);
  });

  it("are of one step at most while another is made", async () => {
    const { rollouts, clock, calls } = toyRollouts({ session: { fieldsMs: 10_000 } });
    const asked = rollouts.field({ ...RUN, n: 5, variable: "a" });
    await clock.pass(9000);
    expect(calls()).toEqual(["0/0:1", "0/0:2"]);
    await clock.pass(60_000);
    await asked;
  });

  it("fail those who wait for them where they are lost, and nobody else", async () => {
    let lost = 0;
    const loseStep = (n: number): void => {
      if (n === 2 && lost++ === 0) throw new Error("the file is gone");
    };
    const { rollouts, clock, reference } = toyRollouts({
      session: { fieldsMs: 100, beforeFields: loseStep },
    });
    const [second, third] = [2, 3].map((n) => rollouts.field({ ...RUN, n, variable: "a" }));
    const failed = expect(second).rejects.toMatchObject({ code: "model_failed" });
    await clock.pass(10_000);
    await failed;
    expect([...(await third!)]).toEqual(reference(RUN, 3, "a"));
    const again = rollouts.field({ ...RUN, n: 2, variable: "a" });
    await clock.pass(10_000);
    expect([...(await again)]).toEqual(reference(RUN, 2, "a"));
  });

  it("are over before it is closed", async () => {
    const { rollouts, clock } = toyRollouts({ session: { fieldsMs: 500 } });
    const asked = rollouts.field({ ...RUN, n: 1, variable: "a" });
    await clock.pass(1100);
    const closed = rollouts.close();
    await clock.pass(1000);
    await closed;
    expect((await asked).length).toBeGreaterThan(0);
  });
});

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let is = false;
  void promise?.finally(() => {
    is = true;
  });
  await settled();
  return is;
}
