import { expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

function order(queue: FairQueue<string>): string[] {
  return [...queue.inOrder()].map(({ client, run, target }) => `${client} ${run} ${target}`);
}

function filled(...demands: [client: string, run: string, target: number][]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [client, run, target] of demands) queue.add({ client, run, target });
  return queue;
}

it("a queue gives the first run of each client, then the second, with the nearest lead that is wanted", () => {
  const queue = filled(["x", "r1", 5], ["x", "r1", 3], ["x", "r2", 1], ["y", "r3", 7], ["y", "r1", 1]);
  expect(order(queue)).toEqual(["x r1 3", "y r3 7", "x r2 1"]);
});

it("client and run that have had their turn come last, also when that run is done", () => {
  const queue = filled(["x", "r1", 5], ["x", "r2", 5], ["y", "r3", 5]);
  queue.toEnd({ client: "x", run: "r1" });
  expect(order(queue)).toEqual(["y r3 5", "x r2 5", "x r1 5"]);
  queue.remove({ client: "x", run: "r2", target: 5 });
  queue.toEnd({ client: "y", run: "r3" });
  expect(order(queue)).toEqual(["x r1 5", "y r3 5"]);
  queue.toEnd({ client: "z", run: "r1" });
  expect(order(queue)).toEqual(["x r1 5", "y r3 5"]);
});

it("a lead that is wanted twice is wanted until both have gone, and then nothing is left", () => {
  const queue = filled(["x", "r1", 5], ["x", "r1", 5]);
  queue.remove({ client: "x", run: "r1", target: 5 });
  expect(order(queue)).toEqual(["x r1 5"]);
  queue.remove({ client: "x", run: "r1", target: 4 });
  queue.remove({ client: "x", run: "r1", target: 5 });
  queue.remove({ client: "x", run: "r1", target: 5 });
  expect([order(queue), queue.clientCount]).toEqual([[], 0]);
});
