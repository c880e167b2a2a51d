import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";
import {
  createByteCache,
  createLimiter,
  createWorkerPool,
  type RunOptions,
  type WorkerPool,
  type WorkerTask,
} from "@zarr-gateway/primitives";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findVariable } from "../field/scope.ts";
import { parseRequest } from "../request/parse-request.ts";
import { pictureResource } from "./picture-resource.ts";

const FRAMES = 40;
const [ROWS, COLUMNS] = [20, 30];

function coordinate(name: string, values: readonly number[], attrs: Attributes): Variable {
  const shape = [values.length];
  const read = async () => ({ shape, values: Float64Array.from(values) });
  return {
    name,
    dims: [name],
    attrs,
    source: { dtype: "float64", grid: { shape, chunkShape: shape }, fill: null, read },
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
let chunksRead = 0;
const field: Variable = {
  name: "tas",
  dims: ["time", "lat", "lon"],
  attrs: {},
  source: {
    dtype: "float32",
    grid: { shape: [FRAMES, ROWS, COLUMNS], chunkShape: [1, ROWS, COLUMNS] },
    fill: null,
    async read([time = 0]) {
      chunksRead += 1;
      const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, at) => Math.sin(at + time));
      return { shape: [1, ROWS, COLUMNS], values, isExclusive: true };
    },
  },
};
const dataset: Dataset = {
  attrs: {},
  groups: new Map(),
  variables: new Map(
    [
      coordinate("time", upTo(FRAMES), { units: "hours since 2000-01-01" }),
      coordinate("lat", upTo(ROWS), { units: "degrees_north" }),
      coordinate("lon", upTo(COLUMNS), { units: "degrees_east" }),
      field,
    ].map((variable) => [variable.name, variable]),
  ),
  version: "1",
};

let threads: WorkerPool;
/** Names of the tasks that were asked for. */
let asked: string[];
/** Called when a part of the film is drawn. */
let onDrawn: () => void;
beforeEach(() => {
  threads = createWorkerPool({ threads: 1, maxQueue: 100 });
  asked = [];
  chunksRead = 0;
  onDrawn = () => undefined;
});
afterEach(() => threads.close());

function film() {
  const found = findVariable(dataset, ["tas"]);
  if (!found) throw new Error("no variable");
  const request = parseRequest(new URLSearchParams("width=120&frames=40"), "gif", ["time", "lat", "lon"]);
  const pool: WorkerPool = {
    async run<Input, Output>(task: WorkerTask<Input, Output>, input: Input, options?: RunOptions) {
      asked.push(task.name);
      const output = await threads.run(task, input, options);
      if (task.name === "drawFrames") onDrawn();
      return output;
    },
    get queued() {
      return threads.queued;
    },
    get running() {
      return threads.running;
    },
    close: () => threads.close(),
  };
  return pictureResource(
    { dataset, found, request },
    {
      pool,
      cache,
      limiter: createLimiter(4, 64),
      patience: createLimiter(4, 64),
      limits: { maxValues: 1e7, maxBytes: 2 ** 30 },
    },
  );
}
let cache = createByteCache(2 ** 24);
beforeEach(() => {
  cache = createByteCache(2 ** 24);
});

const drawn = (): number => asked.filter((name) => name === "drawFrames").length;

describe("a film whose client goes away", { timeout: 60_000 }, () => {
  it("is not drawn on: what waits for a thread is forgotten", async () => {
    const client = new AbortController();
    onDrawn = () => client.abort();
    await expect(film().read(undefined, { signal: client.signal })).rejects.toThrow();
    const started = drawn();
    expect(started).toBeLessThanOrEqual(5);
    expect(threads.queued).toBe(0);
    await expect.poll(() => threads.running).toBe(0);
    expect(drawn()).toBe(started);
    expect(asked).not.toContain("joinFrames");
  });

  it("is not read on either", async () => {
    const client = new AbortController();
    const resource = film();
    const reading = resource.read(undefined, { signal: client.signal });
    await expect.poll(() => chunksRead, { interval: 1 }).toBeGreaterThan(0);
    client.abort();
    await expect(reading).rejects.toThrow();
    expect(chunksRead).toBeLessThan(FRAMES);
    expect(drawn()).toBe(0);
  });

  it("is drawn to its end for the others who wait for it", async () => {
    const client = new AbortController();
    onDrawn = () => client.abort();
    const [left, stayed] = await Promise.allSettled([
      film().read(undefined, { signal: client.signal }),
      film().read(undefined, {}),
    ]);
    expect(left.status).toBe("rejected");
    expect(stayed.status === "fulfilled" && Buffer.from(stayed.value ?? []).toString("latin1", 0, 6)).toBe(
      "GIF89a",
    );
    expect(drawn()).toBe(FRAMES / 4);
  });
});
