import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset, Variable } from "@zarr-gateway/dataset";
import type { DatasetSummary, Host, Log } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { openIndex } from "./description-index.ts";
import { createDescriptions } from "./descriptions.ts";
import { inOrder } from "./in-order.ts";

const silent: Log = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {}

let reads = 0;
afterEach(() => {
  reads = 0;
});

function longitude(...values: number[]): Variable {
  const grid = { shape: [values.length], chunkShape: [values.length] };
  const read = async () => {
    reads += 1;
    return { shape: [values.length], values: Float64Array.from(values) };
  };
  const attrs = { units: "degrees_east", valid_min: 1n, valid_max: 1 };
  return { name: "lon", dims: ["lon"], attrs, source: { dtype: "float64", grid, fill: null, read } };
}

function datasetOf(version: string | undefined, title = "t"): Dataset {
  const lon = longitude(1, 2, 3);
  const lat = { ...longitude(4, 5), name: "lat", dims: ["lat"], attrs: { units: "degrees_north" } };
  return {
    attrs: { title, count: 3n, weight: 3 },
    variables: new Map([lon, lat].map((variable) => [variable.name, variable])),
    groups: new Map(),
    ...(version !== undefined && { version }),
  };
}

/** A host of which only the datasets are used. */
function hostOf(datasets: Readonly<Record<string, Dataset | Error>>): Host {
  const open = async (id: string): Promise<Dataset> => {
    const found = datasets[id];
    if (found === undefined || found instanceof Error) throw found ?? new GatewayError("not_found", "gone");
    return found;
  };
  async function* ids(): AsyncGenerator<string> {
    yield* Object.keys(datasets);
  }
  return { log: silent, datasets: { ids, open, state: () => ({ state: "closed" }) } } as unknown as Host;
}

async function collected(summaries: AsyncIterable<DatasetSummary>): Promise<DatasetSummary[]> {
  return Array.fromAsync(summaries);
}

describe("descriptions", () => {
  it("describe a version once, and from the file after a new start", async () => {
    const folder = await mkdtemp(join(tmpdir(), "descriptions-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "below", "index.sqlite");
    for (const expectedReads of [2, 2]) {
      const index = openIndex(path, silent);
      const dataset = datasetOf("1");
      const descriptions = createDescriptions({ host: hostOf({ a: dataset }), index, maxConcurrent: 2 });
      const described = await descriptions.of("a", dataset);
      expect(described.description.space?.bbox).toEqual([1, 4, 3, 5]);
      // integers stay integers, which catalogs may want to say
      expect(described.attrs).toEqual({ title: "t", count: 3n, weight: 3 });
      expect(reads).toBe(expectedReads);
      await descriptions.close();
      index.close();
    }
  });

  it("follow a dataset to its next version, and none is kept of one without", async () => {
    const datasets: Record<string, Dataset> = { a: datasetOf("1", "old"), b: datasetOf(undefined) };
    let time = 0;
    const options = {
      host: hostOf(datasets),
      index: openIndex(undefined, silent),
      maxConcurrent: 2,
      now: () => time,
    };
    const descriptions = createDescriptions(options);
    expect((await collected(descriptions.summaries())).map(({ title }) => title)).toEqual(["old", "t"]);
    datasets["a"] = datasetOf("2", "new");
    datasets["b"] = datasetOf(undefined, "other");
    time = 10_000;
    expect((await collected(descriptions.summaries())).map(({ title }) => title)).toEqual(["new", "other"]);
  });

  it("name what cannot be opened, until it can", async () => {
    const datasets: Record<string, Dataset | Error> = {
      good: datasetOf("1"),
      bad: new GatewayError("upstream", "the file is truncated"),
    };
    let time = 0;
    const options = {
      host: hostOf(datasets),
      index: openIndex(undefined, silent),
      maxConcurrent: 2,
      now: () => time,
    };
    const descriptions = createDescriptions(options);
    expect(await collected(descriptions.summaries())).toMatchObject([
      { id: "good" },
      { id: "bad", failure: "the file is truncated" },
    ]);
    datasets["bad"] = datasetOf("2");
    time = 10_000;
    expect((await collected(descriptions.summaries()))[1]).not.toHaveProperty("failure");
  });

  it("keep in memory what a damaged file cannot take", async () => {
    const folder = await mkdtemp(join(tmpdir(), "descriptions-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "index.sqlite");
    await writeFile(path, "this is no database, but long enough to look at".repeat(100));
    const descriptions = createDescriptions({
      host: hostOf({ a: datasetOf("1") }),
      index: openIndex(path, silent),
      maxConcurrent: 1,
    });
    expect(await collected(descriptions.summaries())).toHaveLength(1);
  });
});

describe("inOrder", () => {
  it("keeps the order, and the bound of what is made at once", async () => {
    let running = 0;
    let most = 0;
    const make = async (item: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
      running -= 1;
      return item;
    };
    const items = Array.from({ length: 50 }, (_, position) => position);
    const mixed = (item: number): number | Promise<number> => (item % 3 === 0 ? item : make(item));
    expect(await Array.fromAsync(inOrder(items, mixed, 4))).toEqual(items);
    expect(most).toBeLessThanOrEqual(4);
  });
});
