import fc from "fast-check";
import { expect, it } from "vitest";
import { stepsNeeded } from "../step-plan.ts";
import { StepTable } from "./step-table.ts";
import { toyModel } from "./testing/toy-model.ts";

const models = fc.record({
  strides: fc.constantFrom([1], [4, 1], [3, 1], [6, 2, 1]),
  history: fc.integer({ min: 1, max: 4 }),
});

it("a table plans the steps that the model's plan does, whatever is known", () => {
  fc.assert(
    fc.property(models, fc.nat(30), fc.uniqueArray(fc.nat(30)), (options, target, known) => {
      const model = toyModel(options);
      const has = (n: number): boolean => n !== target && known.includes(n);
      const path = new StepTable(model, 30).path([target], (n) => known.includes(n));
      expect(path.order).toEqual(stepsNeeded(model, target, has));
      expect([...path.starts].every((n) => n === 0 || known.includes(n))).toBe(true);
    }),
  );
});

it("ways to several targets are one", () => {
  const table = new StepTable(toyModel({ strides: [4, 1] }), 40);
  const path = table.path([8, 6, 2], (n) => n === 1 || n === 6);
  expect([path.order, [...path.starts].sort()]).toEqual([
    [4, 8, 5, 6, 2],
    [0, 1],
  ]);
});

it("a run that may go on holds what a later step may start from", () => {
  const table = new StepTable(toyModel({ strides: [4, 1], history: 2 }), 13);
  expect([...table.onward(5)].sort()).toEqual([4, 5]);
  expect([...table.onward(8)].sort()).toEqual([8]);
  expect([...table.onward(13)]).toEqual([]);
});

it("a lead of ten thousand steps is planned at once", () => {
  const table = new StepTable(toyModel(), 10_000);
  expect(table.path([10_000], () => false).order.length).toBe(10_000);
});
