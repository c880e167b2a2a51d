import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { type ChunkSource, chunkCounts, clippedShape, type Dataset, walkGroups } from "@zarr-gateway/dataset";
import { fileStore } from "@zarr-gateway/stores";
import { recordingStore } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { openZarr } from "./open-zarr.ts";
import { zarrOpener } from "./zarr-opener.ts";

const FIXTURES = new URL("../../fixtures/zarr/", import.meta.url);
const coder = createChunkCoder();
const opener = zarrOpener({ stores: { allow: [FIXTURES] }, coder });
const expected = JSON.parse(await readFile(new URL("expected.json", FIXTURES), "utf8")) as Record<
  string, // the script beside the fixtures writes it
  Record<string, { shape: number[]; values: number[] }>
>;

async function wholeArray(source: ChunkSource): Promise<number[]> {
  const { shape } = source.grid;
  const [rows = 1, columns = 1] = shape.length === 1 ? [1, shape[0]] : shape;
  const values = new Array<number>(rows * columns).fill(Number(source.fill));
  const counts = chunkCounts(source.grid);
  for (let position = 0; position < counts.reduce((product, count) => product * count, 1); position += 1) {
    const across = counts.at(-1) ?? 1;
    const index = counts.length === 1 ? [position] : [Math.floor(position / across), position % across];
    const chunk = await source.read(index);
    if (!chunk) continue;
    expect(chunk.shape).toEqual(clippedShape(source.grid, index));
    const width = chunk.shape.at(-1) ?? 1;
    const start = index.map((value, axis) => value * (source.grid.chunkShape[axis] ?? 1));
    const [top, left] = start.length === 1 ? [0, start[0] ?? 0] : [start[0] ?? 0, start[1] ?? 0];
    for (const [element, value] of [...chunk.values].entries()) {
      values[(top + Math.floor(element / width)) * columns + left + (element % width)] = Number(value);
    }
  }
  return values;
}

function arraysOf(dataset: Dataset): [string, ChunkSource][] {
  return [...walkGroups(dataset)].flatMap(([path, group]) =>
    [...group.variables.values()].map(({ name, source }): [string, ChunkSource] => [
      [...path, name].join("/"),
      source,
    ]),
  );
}

describe("stores written by zarr-python", () => {
  it.each(Object.keys(expected))("%s has the arrays and values that zarr-python reads", async (name) => {
    const dataset = await opener.open(new URL(`${name}/`, FIXTURES));
    const arrays = arraysOf(dataset);
    expect(arrays.map(([path]) => path).sort()).toEqual(Object.keys(expected[name] ?? {}).sort());
    for (const [path, source] of arrays) {
      expect(source.grid.shape, path).toEqual(expected[name]?.[path]?.shape);
      expect(await wholeArray(source), path).toEqual(expected[name]?.[path]?.values);
    }
    expect(dataset.warnings).toEqual([]);
    expect(await dataset.isCurrent?.()).toBe(true);
    await dataset.close?.();
  });

  it("show the same attributes from both versions, the missing-data value among them", async () => {
    for (const name of ["v2-consolidated.zarr", "v3-plain.zarr"]) {
      const dataset = await opener.open(new URL(`${name}/`, FIXTURES));
      expect(dataset.attrs, name).toEqual({ title: "tiny" });
      const fill = Math.fround(-9.9);
      const tas = dataset.variables.get("tas");
      expect(tas?.attrs, name).toEqual({ units: "K", level: 2n, scale: 1, _FillValue: fill });
      expect(tas?.dims, name).toEqual(["y", "x"]);
      expect(tas?.source.fill, name).toEqual(name.startsWith("v2") ? fill : Number.NaN);
      expect(dataset.groups.get("child")?.variables.get("count")?.attrs, name).toEqual({
        _FillValue: 65535n,
      });
      await dataset.close?.();
    }
  });

  it("say where their chunks lie", async () => {
    const dataset = await opener.open(new URL("v3-plain.zarr/", FIXTURES));
    const stored = dataset.variables.get("tas")?.source.stored;
    expect(await stored?.locate?.([1, 0])).toEqual({
      url: new URL("v3-plain.zarr/tas/c/1/0", FIXTURES),
      offset: 0,
      length: (await stored?.stat([1, 0]))?.size,
    });
    expect((await stored?.read([0, 0], { range: { suffix: 4 } }))?.length).toBe(4);
    await dataset.close?.();
  });
});

describe("shards", () => {
  const open = async () => {
    const store = recordingStore(fileStore(new URL("v3-sharded.zarr", FIXTURES).pathname));
    const dataset = await openZarr(store, { coder });
    store.reset();
    return { store, dataset };
  };

  it.each(["end", "start"])("are read by inner chunks, the index (at the %s) once", async (name) => {
    const { store, dataset } = await open();
    const source = dataset.variables.get(name)?.source;
    expect(source?.grid).toEqual({ shape: [7, 10], chunkShape: [2, 5] });
    expect(source?.stored?.grid).toEqual({ shape: [7, 10], chunkShape: [4, 10] });
    await Promise.all([source?.read([0, 1]), source?.read([1, 0]), source?.read([1, 1])]);
    expect(store.calls.filter(({ method }) => method === "get").length).toBe(4);
    expect(store.bytes).toBeLessThan(160);
    await dataset.close?.();
  });

  it("leave out inner chunks that were never written, without reading for them", async () => {
    const { store, dataset } = await open();
    const source = dataset.variables.get("end")?.source;
    expect(await source?.read([0, 0])).toBeUndefined();
    expect(store.reads).toBe(1);
    await dataset.close?.();
  });

  it("pass through whole", async () => {
    const { dataset } = await open();
    const stored = dataset.variables.get("end")?.source.stored;
    expect((await stored?.read([1, 0]))?.length).toBe((await stored?.stat([1, 0]))?.size);
    expect(stored?.codecs.map(({ name }) => name)).toEqual(["sharding_indexed"]);
    await dataset.close?.();
  });
});
