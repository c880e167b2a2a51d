import { describe, expect, it } from "vitest";
import { lateRefusal, type Question, Retries, refusalOf } from "./admission.ts";

const QUESTION: Question = {
  ...{ n: 8, ownSteps: 8, aheadSteps: 0, ownMs: 8000, aheadMs: 0 },
  ...{ maxWaitMs: 10_000, isRetry: false },
};

describe("a refusal", () => {
  it("is for what takes longer than a request is held, once a step was timed", () => {
    expect(refusalOf(QUESTION)).toBeUndefined();
    expect(refusalOf({ ...QUESTION, ownMs: undefined, aheadMs: 1e9 })).toBeUndefined();
    expect(refusalOf({ ...QUESTION, aheadSteps: 2, aheadMs: 2000 })).toBeUndefined();
    expect(refusalOf({ ...QUESTION, aheadSteps: 3, aheadMs: 3000 })).toEqual({
      reason: "queue",
      retryAfterMs: 2000,
      message:
        "step 8 needs 8 steps of the model after 3 of others, about 11 s, and a request is held for 10 s: ask again in 2.0 s",
    });
  });

  it("is not for a single step with nothing before it", () => {
    expect(refusalOf({ ...QUESTION, ownSteps: 1, ownMs: 60_000 })).toBeUndefined();
    expect(refusalOf({ ...QUESTION, ownSteps: 1, ownMs: 60_000, aheadSteps: 1 })?.reason).toBe("length");
  });

  it("for its own length is not repeated, unless too much comes first", () => {
    const far = { ...QUESTION, ownSteps: 50, ownMs: 50_000 };
    expect(refusalOf(far)).toMatchObject({ reason: "length", retryAfterMs: 1000 });
    expect(refusalOf({ ...far, aheadMs: 8000 })).toMatchObject({ reason: "length", retryAfterMs: 3000 });
    expect(refusalOf({ ...far, isRetry: true, aheadMs: 5000 })).toBeUndefined();
    expect(refusalOf({ ...far, isRetry: true, aheadMs: 6000 })?.reason).toBe("length");
  });

  it("after all the time tells what is left, and when to come back", () => {
    expect(lateRefusal({ ...QUESTION, ownSteps: 1, ownMs: 900 })).toEqual({
      reason: "length",
      retryAfterMs: 1000,
      message:
        "step 8 was not reached within the 10 s that a request is held, 1 step is left: what was computed is kept, ask again in 1.0 s",
    });
    expect(lateRefusal({ ...QUESTION, ownMs: 90_000 }).retryAfterMs).toBe(10_000);
  });
});

describe("retries", () => {
  it("count from the time that was told first, for a while", () => {
    const retries = new Retries();
    retries.note("r", 1000);
    retries.note("r", 1500);
    expect([retries.has("r", 999), retries.has("r", 1000), retries.has("x", 1000)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([retries.has("r", 1e9), retries.knows("r")]).toEqual([false, false]);
  });

  it("are bounded", () => {
    const retries = new Retries();
    for (let run = 0; run < 5000; run++) retries.note(`${run}`, 0);
    expect(retries.size).toBe(1024);
    expect([retries.has("0", 1), retries.has("4999", 1)]).toEqual([false, true]);
  });
});
