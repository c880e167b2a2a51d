import type { DatasetSummary, Descriptions, Host } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { createListings } from "./listing.ts";

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function hostOf(ids: readonly string[]): Host {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  // what a listing touches of a host
  return { datasets: { ids: () => each(ids) }, log } as unknown as Host;
}

function descriptionsOf(
  summaries: (signal: AbortSignal | undefined) => AsyncIterable<DatasetSummary>,
): Descriptions {
  return { summaries: (options) => summaries(options?.signal) } as Descriptions; // the rest is not asked for
}

describe("the listing", () => {
  it("has every dataset, known or not, and does not wait for the slow ones", async () => {
    const slow = descriptionsOf(async function* (signal) {
      yield { id: "quick", title: "Quick" };
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    });
    const listings = createListings(hostOf(["quick", "slow"]), slow);
    const started = performance.now();
    const { summaries, unknown } = await listings.current();
    expect(performance.now() - started).toBeLessThan(5000);
    expect(summaries).toEqual([{ id: "quick", title: "Quick" }, { id: "slow" }]);
    expect(unknown).toBe(1);
    await listings.close();
  });
  it("looks at all of them once for all who ask at the same time", async () => {
    let rounds = 0;
    const descriptions = descriptionsOf(() => {
      rounds += 1;
      return each([{ id: "a" }]);
    });
    const listings = createListings(hostOf(["a"]), descriptions);
    const answers = await Promise.all([listings.current(), listings.current(), listings.current()]);
    expect(answers.map(({ unknown }) => unknown)).toEqual([0, 0, 0]);
    expect(rounds).toBe(1);
    await listings.close();
  });
  it("still lists the ids when looking at them fails", async () => {
    const failing = descriptionsOf(() => {
      throw new Error("the index is damaged");
    });
    const listings = createListings(hostOf(["a"]), failing);
    expect(await listings.current()).toEqual({ summaries: [{ id: "a" }], unknown: 1 });
    await listings.close();
  });
});
