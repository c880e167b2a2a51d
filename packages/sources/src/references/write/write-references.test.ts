import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import {
  type Chunk,
  chunkCounts,
  type Dataset,
  indexAt,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { referencesOpener } from "../references-opener.ts";
import { absoluteTarget, relativeTarget } from "./target-text.ts";
import { writeReferencesJson } from "./write-references-json.ts";
import { writeReferencesParquet } from "./write-references-parquet.ts";

const FIXTURES = new URL("../../../fixtures/references/", import.meta.url);
const coder = createChunkCoder();

async function contentOf(dataset: Dataset): Promise<unknown> {
  const content: unknown[] = [];
  for (const [path, { variables, attrs }] of walkGroups(dataset)) {
    content.push([path, attrs]);
    for (const { name, dims, attrs: own, source } of variables.values()) {
      const counts = chunkCounts(source.grid);
      const total = counts.reduce((product, count) => product * count, 1);
      const chunks: (Chunk | undefined)[] = [];
      for (let at = 0; at < total; at += 1) chunks.push(await source.read(indexAt(counts, at)));
      content.push([name, dims, own, source.dtype, source.grid, source.fill, source.stored?.codecs, chunks]);
    }
  }
  return content;
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  return (await Array.fromAsync(parts)).join("");
}

function datasetOf(variable: Pick<Variable, "source">): Dataset {
  const variables = new Map([["x", { name: "x", dims: ["x"], attrs: {}, ...variable }]]);
  return { attrs: {}, groups: new Map(), variables };
}

describe("written reference sets", () => {
  it("open as the dataset that they were written from, JSON and Parquet", async () => {
    await using folder = await temporaryFolder();
    const opener = referencesOpener({
      stores: { allow: [FIXTURES, pathToFileURL(`${folder.path}/`)] },
      coder,
    });
    const dataset = await opener.open(new URL("version-1.json", FIXTURES));
    const json = writeReferencesJson(dataset, { coder });
    await writeFile(join(folder.path, "set.json"), await textOf(json.parts));
    const parquet = writeReferencesParquet(dataset, { coder, recordSize: 4 });
    const names: string[] = [];
    for await (const { name, bytes } of parquet.files) {
      names.push(name);
      const path = join(folder.path, "set.parq", name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
    expect([json.warnings, parquet.warnings]).toEqual([[], []]);
    expect(names.at(-1)).toBe(".zmetadata");
    expect(names).toContain("tas/refs.1.parq");
    const original = await contentOf(dataset);
    for (const name of ["set.json", "set.parq"]) {
      const again = await opener.open(pathToFileURL(join(folder.path, name)));
      expect(await contentOf(again), name).toEqual(original);
      await again.close?.();
    }
    await dataset.close?.();
  });

  it("hold the chunks that have no place, and those never written where clients would read something else", async () => {
    const grid = { shape: [4], chunkShape: [2] };
    const read = async ([position]: readonly number[]): Promise<Chunk | undefined> =>
      position === 0 ? { shape: [2], values: Int16Array.of(1, 2) } : undefined;
    const dataset = datasetOf({ source: { dtype: "int16", grid, fill: 7, read } });
    const text = await textOf(writeReferencesJson(dataset, { coder }).parts);
    const { refs } = JSON.parse(text) as { refs: Record<string, string> }; // written above
    expect(refs["x/0"]).toBe(`base64:${Buffer.from(Int16Array.of(1, 2).buffer).toString("base64")}`);
    expect(refs["x/1"]).toBe(`base64:${Buffer.from(Int16Array.of(7, 7).buffer).toString("base64")}`);
    expect(JSON.parse(refs["x/.zarray"] ?? "")).toMatchObject({
      dtype: "<i2",
      fill_value: null,
      filters: null,
    });
  });

  it("leave out what has neither place nor room, with a warning", async () => {
    const grid = { shape: [3e6], chunkShape: [3e6] };
    const dataset = datasetOf({
      source: { dtype: "float64", grid, fill: null, read: async () => undefined },
    });
    const { parts, warnings } = writeReferencesJson(dataset, { coder });
    const text = await textOf(parts);
    expect(warnings).toEqual([
      { path: "/x", message: expect.stringContaining("left out: its chunks have no place") as string },
    ]);
    expect(text).not.toContain("x/");
  });

  it("spell targets as fsspec reads them", () => {
    const relative = relativeTarget(new URL("file:///data/"));
    expect(absoluteTarget(new URL("file:///data/a%20b.nc"))).toBe("/data/a b.nc");
    expect(absoluteTarget(new URL("https://host/a%20b.nc"))).toBe("https://host/a%20b.nc");
    expect(absoluteTarget(new URL("s3://bucket/a%20b.nc"))).toBe("s3://bucket/a b.nc");
    expect(relative(new URL("file:///data/x/a%20b.nc"))).toBe("x/a b.nc");
    expect(relative(new URL("file:///other/a.nc"))).toBe("/other/a.nc");
  });
});
