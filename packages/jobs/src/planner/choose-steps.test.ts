import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AGEING_MS, type Candidate, chooseSteps, queueRank } from "./choose-steps.ts";

const NONE = { definitions: new Map<string, number>(), owners: new Map<string, number>() };
const names = fc.constantFrom("p", "q", "r");
const candidate: fc.Arbitrary<Candidate> = fc.record({
  jobId: fc.string(),
  task: fc.constant("t"),
  step: fc.constant("s"),
  fence: fc.constant(0),
  definition: names,
  owner: names,
});

describe("choosing what runs now", () => {
  it("keeps every limit and takes whatever else fits, in order", () => {
    fc.assert(
      fc.property(fc.array(candidate), fc.nat(8), fc.nat(3), fc.nat(3), (list, free, perOwner, ofP) => {
        const limits = { perOwner, perDefinition: { p: ofP } };
        const chosen = chooseSteps(list, NONE, { free, limits });
        expect(chosen.length).toBeLessThanOrEqual(free);
        for (const owner of ["p", "q", "r"])
          expect(chosen.filter((one) => one.owner === owner).length).toBeLessThanOrEqual(perOwner);
        expect(chosen.filter((one) => one.definition === "p").length).toBeLessThanOrEqual(ofP);
        expect(list.filter((one) => chosen.includes(one))).toEqual(chosen);
        if (chosen.length < free)
          for (const left of list.filter((one) => !chosen.includes(one))) {
            const owners = chosen.filter((one) => one.owner === left.owner).length;
            const ofLeft = chosen.filter((one) => one.definition === left.definition).length;
            expect(owners >= perOwner || (left.definition === "p" && ofLeft >= ofP)).toBe(true);
          }
      }),
    );
  });

  it("counts what runs already", () => {
    const one = { jobId: "j", task: "t", step: "s", fence: 0, definition: "p", owner: "o" };
    const running = { definitions: new Map([["p", 1]]), owners: new Map() };
    expect(chooseSteps([one], running, { free: 1, limits: { perDefinition: { p: 1 } } })).toEqual([]);
    expect(chooseSteps([one], running, { free: 1, limits: { perDefinition: { p: 2 } } })).toEqual([one]);
  });

  it("reads no more candidates than it takes", () => {
    let read = 0;
    function* many(): Generator<Candidate> {
      for (;;) {
        read += 1;
        yield { jobId: "j", task: "t", step: "s", fence: 0, definition: "p", owner: "o" };
      }
    }
    chooseSteps(many(), NONE, { free: 3, limits: {} });
    expect(read).toBe(3);
  });

  it("puts urgent before early, until waiting has made up for it", () => {
    expect(queueRank(1, 1000)).toBeLessThan(queueRank(0, 0));
    expect(queueRank(1, AGEING_MS + 1)).toBeGreaterThan(queueRank(0, 0));
  });
});
