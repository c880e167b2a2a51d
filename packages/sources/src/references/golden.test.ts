import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import {
  type ChunkSource,
  chunkCounts,
  copyBlock,
  type Dataset,
  filledValues,
  walkGroups,
} from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { openLocation } from "../open-location.ts";
import { zarrOpener } from "../zarr/index.ts";
import { referencesOpener } from "./references-opener.ts";

const FIXTURES = new URL("../../fixtures/references/", import.meta.url);
const opener = referencesOpener({ stores: { allow: [FIXTURES] }, coder: createChunkCoder() });
const expected = JSON.parse(await readFile(new URL("expected.json", FIXTURES), "utf8")) as Record<
  string, // the script beside the fixtures writes it
  Record<string, { dims: string[]; dtype: string; values: number[]; attrs: Record<string, unknown> }>
>;

async function wholeArray(source: ChunkSource): Promise<number[]> {
  const { grid, dtype, fill } = source;
  const size = grid.shape.reduce((product, length) => product * length, 1);
  const values = filledValues(dtype, size, fill);
  const counts = chunkCounts(grid);
  for (let at = 0; at < counts.reduce((product, count) => product * count, 1); at += 1) {
    let rest = at;
    const index = counts.toReversed().map((count) => {
      const position = rest % count;
      rest = Math.floor(rest / count);
      return position;
    });
    const chunk = await source.read(index.reverse());
    if (!chunk) continue;
    const start = index.map((position, axis) => position * (grid.chunkShape[axis] ?? 1));
    copyBlock(
      { values: chunk.values, shape: chunk.shape },
      { values, shape: grid.shape, start },
      chunk.shape,
    );
  }
  return Array.from(values, Number);
}

function arraysOf(dataset: Dataset): [string, ChunkSource][] {
  return [...walkGroups(dataset)].flatMap(([path, group]) =>
    [...group.variables.values()].map(({ name, source }): [string, ChunkSource] => [
      [...path, name].join("/"),
      source,
    ]),
  );
}

describe("reference sets written by kerchunk", () => {
  it.each(Object.keys(expected))("%s has the variables and values that xarray reads", async (name) => {
    const dataset = await opener.open(new URL(name, FIXTURES));
    const arrays = new Map(arraysOf(dataset));
    const variables = expected[name] ?? {};
    expect([...dataset.variables.keys()].sort()).toEqual(Object.keys(variables).sort());
    for (const [path, { dims, dtype, values, attrs }] of Object.entries(variables)) {
      const source = arrays.get(path) as ChunkSource; // the names are the same, as seen above
      expect(await wholeArray(source), path).toEqual(values);
      expect(source.dtype, path).toBe(dtype);
      const variable = dataset.variables.get(path);
      expect(variable?.dims, path).toEqual(dims);
      const shown = Object.entries(variable?.attrs ?? {}).map(([key, value]) => [
        key,
        typeof value === "bigint" ? Number(value) : value,
      ]);
      expect(Object.fromEntries(shown), path).toEqual(attrs);
    }
    expect(dataset.warnings).toEqual([]);
    expect(dataset.format).toBe("kerchunk");
    expect(await dataset.isCurrent?.()).toBe(true);
    await dataset.close?.();
  });

  it("have the variables of their groups", async () => {
    for (const name of ["version-1.json", "small.parq"]) {
      const dataset = await opener.open(new URL(name, FIXTURES));
      const deep = dataset.groups.get("inner")?.variables.get("deep");
      const tas = dataset.variables.get("tas")?.source as ChunkSource; // it is there, as seen above
      const values = await wholeArray(tas);
      const rows = [0, 0, 1, 1].flatMap((time) => values.slice(24 * time, 24 * time + 24));
      expect(await wholeArray(deep?.source as ChunkSource), name).toEqual(rows);
      await dataset.close?.();
    }
  });

  it("publish byte codecs among the filters as codecs, and the bytes as they are in the file", async () => {
    const dataset = await opener.open(new URL("version-1.json", FIXTURES));
    const file = await readFile(new URL("source.h5", FIXTURES));
    const codecs = (name: string): unknown =>
      dataset.variables.get(name)?.source.stored?.codecs.map((c) => c.name);
    expect(codecs("bloscked")).toEqual(["bytes", "blosc"]);
    expect(codecs("zstandard")).toEqual(["bytes", "zstd"]);
    expect(codecs("tas")).toEqual(["bytes", "numcodecs.shuffle", "numcodecs.zlib"]);
    const stored = dataset.variables.get("zstandard")?.source.stored;
    const place = await stored?.locate?.([1, 0, 1]);
    expect(place?.url.href).toBe(new URL("source.h5", FIXTURES).href);
    const bytes = file.subarray(place?.offset, (place?.offset ?? 0) + (place?.length ?? 0));
    expect(Buffer.compare((await stored?.read([1, 0, 1])) ?? new Uint8Array(), bytes)).toBe(0);
    expect(await stored?.read([1, 0, 1], { range: { offset: 3, length: 5 } })).toEqual(bytes.subarray(3, 8));
    const stat = await stored?.stat([1, 0, 1]);
    expect(stat?.size).toBe(bytes.length);
    expect(stat?.version).not.toBe((await stored?.stat([1, 0, 0]))?.version);
    const sparse = dataset.variables.get("sparse")?.source.stored;
    expect([await sparse?.read([0, 0, 0]), await sparse?.stat([0, 0, 0])]).toEqual([undefined, undefined]);
    expect(await sparse?.locate?.([0, 0, 0])).toBeUndefined();
    await dataset.close?.();
  });

  it("are recognised among Zarr stores and files", async () => {
    const stores = { allow: [FIXTURES] };
    const openers = [zarrOpener({ stores, coder: createChunkCoder() }), opener];
    for (const name of ["version-1.json", "compressed.json.zst", "small.parq/", "small.parq"]) {
      const dataset = await openLocation(new URL(name, FIXTURES), { openers, stores });
      expect([...(dataset.groups.get("inner")?.variables.keys() ?? [])], name).toEqual(["deep"]);
      await dataset.close?.();
    }
  });
});
