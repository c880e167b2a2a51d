import { expect, it } from "vitest";
import { type EntryOrigin, entryOrigin } from "./entry-origin.ts";
import { StepTable } from "./step-table.ts";
import { type ToyModelOptions, toyModel } from "./testing/toy-model.ts";

function origins(options: ToyModelOptions, n: number): string[] {
  const table = new StepTable(toyModel(options), 40);
  const words = (origin: EntryOrigin): string =>
    origin.kind === "published" ? `published ${origin.n}` : `own ${origin.n}.${origin.entry}`;
  return Array.from({ length: options.history ?? 1 }, (_, entry) =>
    words(entryOrigin(table, { n, entry, variable: "a" })),
  );
}

it("entries that no network writes are what was published for their times", () => {
  expect(origins({ history: 3 }, 5)).toEqual(["published 5", "published 4", "published 3"]);
  expect(origins({ history: 2, strides: [4, 1] }, 8)).toEqual(["published 8", "published 7"]);
});

it("entries that a network feeds back are its own, also in later states that took them over", () => {
  expect(origins({ history: 2, feed: [0, 1] }, 5)).toEqual(["published 5", "own 5.1"]);
  expect(origins({ history: 3, feed: [0, 1] }, 5)).toEqual(["published 5", "own 5.1", "own 4.1"]);
});

it("older entries than the first state's are in that alone", () => {
  expect(origins({ history: 3 }, 1)).toEqual(["published 1", "published 0", "own 0.1"]);
  expect(origins({ history: 3 }, 0)).toEqual(["published 0", "own 0.1", "own 0.2"]);
});

it("what is published but not fed back is not in the state, which has its own", () => {
  const model = toyModel({ history: 2, feed: [0] });
  const networks = model.networks.map((network) => ({
    ...network,
    outputs: network.outputs.map((output) => ({ ...output, times: [0, 1] })),
  }));
  const table = new StepTable({ ...model, networks }, 40);
  expect(entryOrigin(table, { n: 3, entry: 0, variable: "a" })).toEqual({ kind: "own", n: 3, entry: 0 });
});
