import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelState, StateHandle } from "../model-session.ts";
import { HeldStates } from "./held-states.ts";

const LENGTH = 4;

function array(): Float32Array {
  return new Float32Array(LENGTH);
}

function state(...arrays: readonly Float32Array[]): ModelState {
  return { n: 0, entries: [new Map(arrays.map((values, i) => [String(i), values]))] };
}

describe("states of a session that lends its arrays", () => {
  it("give memory back with the last state that has a part of it, not before the next sweep", () => {
    const held = new HeldStates(true);
    const [own, shared] = [array(), array()];
    const first = held.keep(state(own, shared));
    const second = held.keep(state(shared.subarray(1), shared.subarray(2)));
    held.release(first);
    expect([own.length, shared.length]).toEqual([LENGTH, LENGTH]);
    held.sweep();
    expect([own.length, shared.length]).toEqual([0, LENGTH]);
    held.release(second);
    held.sweep();
    expect(shared.length).toBe(0);
  });

  it("give back what was handed out beside them, and nothing that is theirs", () => {
    const held = new HeldStates(true);
    const [own, other] = [array(), array()];
    held.keep(state(own));
    held.lend([new Map(Object.entries({ own, other }))]);
    expect(other.length).toBe(LENGTH);
    held.sweep();
    expect([own.length, other.length]).toEqual([LENGTH, 0]);
  });

  it("leave to V8 what work that was left may still read, also where later states share it", () => {
    const held = new HeldStates(true);
    const shared = array();
    const first = held.keep(state(shared));
    held.abandon();
    const second = held.keep(state(shared));
    held.release(second);
    held.sweep();
    held.release(first);
    held.sweep();
    expect(shared.length).toBe(LENGTH);
  });

  it("never give back what a state has, whatever happens", () => {
    const act = fc.record({
      kind: fc.constantFrom("keep", "release", "sweep", "lend", "abandon"),
      picks: fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }),
      isFresh: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const held = new HeldStates(true);
        const kept = new Map<StateHandle, ModelState>();
        const pick = (picks: readonly number[], isFresh: boolean): Float32Array[] => {
          const known = [...kept.values()].flatMap(({ entries }) => [...(entries[0]?.values() ?? [])]);
          return picks.map((number) => (isFresh ? array() : (known[number % known.length] ?? array())));
        };
        for (const { kind, picks, isFresh } of acts) {
          if (kind === "keep") {
            const one = state(...pick(picks, isFresh));
            kept.set(held.keep(one), one);
          } else if (kind === "lend") held.lend([new Map(pick(picks, isFresh).map((a, i) => [`${i}`, a]))]);
          else if (kind === "sweep") held.sweep();
          else if (kind === "abandon") held.abandon();
          else {
            const handle = [...kept.keys()][(picks[0] ?? 0) % Math.max(1, kept.size)];
            if (handle !== undefined) held.release(handle);
            if (handle !== undefined) kept.delete(handle);
          }
          for (const { entries } of kept.values())
            for (const values of entries[0]?.values() ?? []) expect(values.length).toBe(LENGTH);
        }
      }),
    );
  });
});

describe("states of a session whose arrays others have too", () => {
  it("give nothing back", () => {
    const held = new HeldStates(false);
    const [own, other] = [array(), array()];
    const handle = held.keep(state(own));
    held.lend([new Map([["other", other]])]);
    held.release(handle);
    held.sweep();
    expect([own.length, other.length]).toEqual([LENGTH, LENGTH]);
  });
});
