import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Chunk, ChunkIndex, Dataset, DataType, Variable } from "@zarr-gateway/dataset";
import { chunkCounts, clippedShape, elementCount, indicesWithin, walkGroups } from "@zarr-gateway/dataset";
import { fileStore, memoryStore } from "@zarr-gateway/stores";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { openZarr } from "../open-zarr.ts";
import { chunkOrder, chunkTotal } from "./chunk-order.ts";
import { writeZarr } from "./write-zarr.ts";
import { draftZarrFolder } from "./zarr-folder.ts";

const coder = createChunkCoder();
const FIXTURES = join(import.meta.dirname, "../../../fixtures/zarr");

interface Made {
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dtype?: DataType;
  readonly asked?: string[];
  readonly fill?: number | null;
}

/** A variable whose chunks are numbered when they are read; chunk 1 is all fill. */
function variable(
  name: string,
  { dims, shape, chunkShape, dtype = "float32", asked = [], fill = Number.NaN }: Made,
): Variable {
  const grid = { shape, chunkShape };
  return {
    name,
    dims,
    attrs: { units: "K", count: 3n },
    source: {
      dtype,
      grid,
      fill,
      read: (index: ChunkIndex): Promise<Chunk> => {
        asked.push(`${name} ${index.join(".")}`);
        const clipped = clippedShape(grid, index);
        const isFill = index.at(-1) === 1;
        const values = new Float32Array(elementCount(clipped)).fill(
          isFill ? Number(fill) : 10 + (index[0] ?? 0),
        );
        return Promise.resolve({ shape: clipped, values });
      },
    },
  };
}

function datasetOf(...variables: Variable[]): Dataset {
  return {
    attrs: { title: "test", scale: 1 },
    variables: new Map(variables.map((one) => [one.name, one])),
    groups: new Map(),
  };
}

async function allValues(dataset: Dataset): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [path, group] of walkGroups(dataset)) {
    found[`/${path.join("/")}`] = group.attrs;
    for (const [name, { source, dims, attrs }] of group.variables) {
      const chunks: unknown[] = [];
      for (const index of indicesWithin(chunkCounts(source.grid))) {
        const chunk = await source.read(index);
        const values: readonly unknown[] = [...(chunk?.values ?? [])];
        chunks.push(values.every((value) => Object.is(value, source.fill)) ? "fill" : values);
      }
      found[[...path, name].join("/")] = { dims, attrs, dtype: source.dtype, grid: source.grid, chunks };
    }
  }
  return found;
}

describe("a dataset written as a Zarr store", () => {
  it.each(["v2-consolidated.zarr", "v3-plain.zarr", "v3-sharded.zarr"])(
    "is that of %s when it is read again",
    async (name) => {
      const dataset = await openZarr(fileStore(join(FIXTURES, name)), { coder });
      const entries = new Map<string, Uint8Array>();
      const write = (key: string, bytes: Uint8Array): Promise<void> =>
        Promise.resolve(void entries.set(key, bytes));
      await writeZarr(dataset, write, { coder });
      const again = await openZarr(memoryStore(entries), { coder });
      expect(await allValues(again)).toEqual(await allValues(dataset));
      expect([...entries.keys()].at(-1)).toBe("zarr.json");
      await dataset.close?.();
    },
  );

  it("asks for chunks along the first dimensions that variables share", () => {
    const u = variable("u", { dims: ["time", "y", "x"], shape: [3, 2, 4], chunkShape: [1, 2, 2] });
    const v = variable("v", { dims: ["time", "x"], shape: [3, 4], chunkShape: [1, 4] });
    const time = variable("time", { dims: ["time"], shape: [3], chunkShape: [3] });
    const { variables } = datasetOf(u, time, v);
    const order = [...chunkOrder(variables)].map(({ name, index }) => `${name} ${index.join(".")}`);
    expect(order).toEqual([
      "time 0",
      "u 0.0.0",
      "u 0.0.1",
      "v 0.0",
      "u 1.0.0",
      "u 1.0.1",
      "v 1.0",
      "u 2.0.0",
      "u 2.0.1",
      "v 2.0",
    ]);
    expect(chunkTotal(variables)).toBe(order.length);
    expect([
      ...chunkOrder(datasetOf(variable("s", { dims: [], shape: [], chunkShape: [] })).variables),
    ]).toHaveLength(1);
    expect([...chunkOrder(new Map())]).toEqual([]);
  });

  it("leaves chunks out that are all fill, but not where there is no fill value", async () => {
    const parts = { dims: ["y", "x"], shape: [1, 4], chunkShape: [1, 2] };
    const keys: string[] = [];
    const write = (key: string): Promise<void> => Promise.resolve(void keys.push(key));
    const none = variable("none", { ...parts, fill: null });
    await writeZarr(datasetOf(variable("nan", parts), none), write, { coder });
    expect(keys.filter((key) => key.includes("/c/"))).toEqual(["nan/c/0/0", "none/c/0/0", "none/c/0/1"]);
  });

  it("tells its progress, and stops at the first failure", async () => {
    const asked: string[] = [];
    const told: string[] = [];
    const u = variable("u", { dims: ["y", "x"], shape: [40, 1], chunkShape: [1, 1], asked });
    const failing = (key: string): Promise<void> =>
      key.endsWith("/5/0") ? Promise.reject(new Error("no space left")) : Promise.resolve();
    const options = {
      coder,
      maxConcurrent: 2,
      onProgress: (n: number, all: number) => void told.push(`${n}/${all}`),
    };
    await expect(writeZarr(datasetOf(u), failing, options)).rejects.toThrow("no space left");
    expect(told[0]).toBe("1/40");
    expect(asked.length).toBeLessThan(10);
    const aborted = { ...options, signal: AbortSignal.abort(new Error("left")) };
    await expect(writeZarr(datasetOf(u), failing, aborted)).rejects.toThrow("left");
  });

  it("refuses chunks that nobody here can decode", async () => {
    const u = variable("u", { dims: ["x"], shape: [1], chunkShape: [1] });
    const unknown: Variable = { ...u, source: { ...u.source, storedOnly: "v3" } };
    await expect(writeZarr(datasetOf(unknown), () => Promise.resolve(), { coder })).rejects.toThrow(
      '"u" has a codec that is not known here',
    );
  });
});

describe("the folder of a store", () => {
  it("is there as a whole, or not at all", async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    const path = join(folder, "out.zarr");
    const draft = await draftZarrFolder(path);
    await draft.write("u/zarr.json", Buffer.from("{}"));
    await draft.write("zarr.json", Buffer.from("{}"));
    await expect(access(path)).rejects.toThrow();
    await draft.commit();
    expect(await readFile(join(path, "u/zarr.json"), "utf8")).toBe("{}");
    expect(await readdir(folder)).toEqual(["out.zarr"]);
    const other = await draftZarrFolder(path, true);
    await other.write("zarr.json", Buffer.from("[]"));
    await other.discard();
    expect(await readdir(folder)).toEqual(["out.zarr"]);
    const third = await draftZarrFolder(path, true);
    await third.write("zarr.json", Buffer.from("[1]"));
    await third.commit();
    expect(await readdir(path)).toEqual(["zarr.json"]);
  });

  it("never takes the place of anything but a store, and of that only where it may", async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    await mkdir(join(folder, "precious"));
    await writeFile(join(folder, "file"), "");
    await mkdir(join(folder, "store"));
    await writeFile(join(folder, "store/zarr.json"), "{}");
    await expect(draftZarrFolder(join(folder, "precious"), true)).rejects.toThrow(
      "is no Zarr store, so it is not replaced",
    );
    await expect(draftZarrFolder(join(folder, "file"), true)).rejects.toThrow("is no Zarr store");
    await expect(draftZarrFolder(join(folder, "store"))).rejects.toThrow("store: exists already");
    await expect(draftZarrFolder(join(folder, "no/where"))).rejects.toThrow(
      "there is no folder to write it into",
    );
    expect(await readdir(folder)).toEqual(["file", "precious", "store"]);
  });
});
