import { describe, expect, it } from "vitest";
import type { Demand } from "./fair-queue.ts";
import { nextMove, planLoads, planMove, planTurn, type RunView } from "./plan-turn.ts";
import { StepTable } from "./step-table.ts";
import { toyModel } from "./testing/toy-model.ts";

const table = new StepTable(toyModel({ strides: [4, 1] }), 40);

interface Run extends RunView {
  readonly name: string;
}

function run(name: string, states: readonly number[], more: Partial<RunView> = {}): Run {
  return {
    ...{
      name,
      phase: "idle",
      home: undefined,
      loaded: new Map(),
      probed: new Set([1, 2, 3, 4, 5, 8]),
      isAlone: false,
    },
    has: (n) => states.includes(n),
    ...more,
  };
}

function wants(...demands: [Run, number][]): Demand<Run>[] {
  return demands.map(([one, target]) => ({ client: "x", run: one, target }));
}

function turn(order: Demand<Run>[], maxBatch = 8, slot = 0): string[] | undefined {
  return planTurn(order, { table, slot, maxBatch })?.map(({ run: { name }, n }) => `${name}:${n}`);
}

describe("the next move of a run", () => {
  it("is the first step on its way, where it has what that is made of", () => {
    expect(nextMove(table, run("a", [0]), 8)).toEqual({ kind: "step", n: 4 });
    expect(nextMove(table, run("a", [4]), 8)).toEqual({ kind: "step", n: 8 });
    expect(nextMove(table, run("a", [0, 8]), 8)).toEqual({ kind: "step", n: 4 });
  });

  it("is to fetch states, where it has none or nearer ones were not looked for", () => {
    expect(nextMove(table, run("a", []), 8)).toEqual({ kind: "load" });
    expect(nextMove(table, run("a", [0]), 7)).toEqual({ kind: "load" });
    expect(nextMove(table, run("a", [6]), 7)).toEqual({ kind: "step", n: 7 });
  });

  it("for lead 0 is to run diagnostics on a state that was fetched", () => {
    expect(nextMove(table, run("a", [0]), 0)).toEqual({ kind: "load" });
    expect(nextMove(table, run("a", [0], { loaded: new Map([[0, {}]]) }), 0)).toEqual({ kind: "diagnose" });
  });
});

describe("a turn", () => {
  it("is that of the first run that can go on, and of others that need the same network", () => {
    const order = wants(
      [run("away", [0], { home: 1 }), 1],
      [run("busy", [0], { phase: "running" }), 1],
      [run("bare", []), 1],
      [run("a", [0]), 4],
      [run("b", [0]), 1],
      [run("c", [4]), 8],
    );
    expect(turn(order)).toEqual(["a:4", "c:8"]);
    expect(turn(order, 1)).toEqual(["a:4"]);
    expect(turn(order, 8, 1)).toEqual(["away:1", "b:1"]);
    expect(turn(order.slice(1, 3))).toBeUndefined();
  });

  it("has one run alone that failed among others, or whose first state is diagnosed", () => {
    const alone = run("alone", [0], { isAlone: true });
    const first = run("first", [0], { loaded: new Map([[0, {}]]) });
    expect(turn(wants([alone, 1], [run("a", [0]), 1]))).toEqual(["alone:1"]);
    expect(turn(wants([run("a", [0]), 1], [alone, 1], [first, 0]))).toEqual(["a:1"]);
    expect(turn(wants([first, 0], [run("a", [0]), 1]))).toEqual(["first:0"]);
  });
});

describe("loads", () => {
  it("are those of the first runs that need some, as many as there is room for", () => {
    const order = wants([run("a", []), 1], [run("b", [0]), 1], [run("c", []), 1], [run("d", []), 1]);
    const names = (room: number): string[] => planLoads(order, table, room).map(({ run: { name } }) => name);
    expect([names(0), names(2)]).toEqual([[], ["a", "c"]]);
  });

  it("of a run that has some already need no room", () => {
    const half = run("half", [3], { loaded: new Map([[3, {}]]) });
    expect(planLoads(wants([run("a", []), 1], [half, 2]), table, 0).map(({ run: { name } }) => name)).toEqual(
      ["half"],
    );
  });
});

it("a run moves only from another session, and where it may", () => {
  const order = wants(
    [run("here", [0], { home: 0 }), 1],
    [run("kept", [0], { home: 1 }), 1],
    [run("b", [0], { home: 1 }), 1],
  );
  expect(planMove(order, 0, ({ run: { name } }) => name !== "kept")?.name).toBe("b");
  expect(planMove(order, 0, () => false)).toBeUndefined();
});
