import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Attributes, ChunkSource, Dataset, DataType, Values, Variable } from "@zarr-gateway/dataset";
import { allocateValues, clippedShape, copyBlock, elementCount, wholeValues } from "@zarr-gateway/dataset";
import type { RandomAccess } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { openClassic } from "../open-classic.ts";
import { classicFile } from "./classic-file.ts";

interface Given {
  readonly dtype: DataType;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly chunkShape?: readonly number[];
  readonly values: Values;
  readonly attrs?: Attributes;
  readonly isMissing?: boolean;
}

describe("classicFile", () => {
  it("writes numbers of every type so that a reader of the format gives them back", async () => {
    const dataset = group({
      bytes: {
        dtype: "int8",
        dims: ["x"],
        shape: [5],
        chunkShape: [2],
        values: Int8Array.of(-1, 2, 3, 4, 127),
      },
      shorts: { dtype: "int16", dims: ["x"], shape: [5], values: Int16Array.of(1, -2, 3, 4, 32767) },
      singles: {
        dtype: "float32",
        dims: ["y", "x"],
        shape: [2, 5],
        chunkShape: [1, 3],
        values: Float32Array.from({ length: 10 }, (_, at) => at / 3),
        attrs: { _FillValue: Number.NaN, units: "K", valid_range: [0, 10] },
      },
      doubles: { dtype: "float64", dims: [], shape: [], values: Float64Array.of(Math.PI) },
      longs: { dtype: "int64", dims: ["y"], shape: [2], values: BigInt64Array.of(-(2n ** 60n), 7n) },
      large: { dtype: "uint64", dims: ["y"], shape: [2], values: BigUint64Array.of(2n ** 64n - 1n, 7n) },
      middle: { dtype: "uint16", dims: ["y"], shape: [2], values: Uint16Array.of(65535, 7) },
    });
    const back = await readBack(dataset);
    for (const [name, { source }] of dataset.variables) {
      const written = back.variables.get(name);
      expect(written?.source.dtype).toBe(source.dtype);
      expect(written?.dims).toEqual(dataset.variables.get(name)?.dims);
      expect(written && (await wholeValues(written.source))).toEqual(await wholeValues(source));
    }
    expect(back.variables.get("singles")?.attrs).toEqual({
      _FillValue: Number.NaN,
      units: "K",
      valid_range: [0, 10],
    });
  });

  it("gives any part of the file as it is in the whole, chunks of every shape", async () => {
    const values = Int32Array.from({ length: 7 * 5 * 3 }, (_, at) => at);
    const dataset = group({
      a: { dtype: "int32", dims: ["t", "y", "x"], shape: [7, 5, 3], chunkShape: [3, 2, 2], values },
      b: { dtype: "int8", dims: ["x"], shape: [3], values: Int8Array.of(1, 2, 3) },
    });
    const file = await classicFile(dataset, { maxBytes: 1e6 });
    const whole = await file.read({ offset: 0, length: file.size }, {});
    for (let offset = 0; offset < file.size; offset += 17) {
      const length = Math.min(61, file.size - offset);
      expect(await file.read({ offset, length }, {})).toEqual(whole.subarray(offset, offset + length));
    }
  });

  it("writes fill values where chunks were never written", async () => {
    const dataset = group({
      a: { dtype: "float32", dims: ["x"], shape: [3], values: new Float32Array(3), isMissing: true },
    });
    const a = (await readBack(dataset)).variables.get("a");
    expect(a && (await wholeValues(a.source))).toEqual(new Float32Array(3).fill(Number.NaN));
  });

  it("writes a first dimension of length 0 as the one that counts records", async () => {
    const dataset = group({
      v: { dtype: "float32", dims: ["time", "x"], shape: [0, 2], values: new Float32Array(0) },
      x: { dtype: "int8", dims: ["x"], shape: [2], values: Int8Array.of(3, 4) },
    });
    const back = await readBack(dataset);
    expect(back.variables.get("v")?.source.grid.shape).toEqual([0, 2]);
    const x = back.variables.get("x");
    expect(x && (await wholeValues(x.source))).toEqual(Int8Array.of(3, 4));
  });

  it("writes texts as characters of UTF-8, times and booleans as integers that say what they are", async () => {
    const dataset = group({
      names: { dtype: "string", dims: ["x"], shape: [2], values: ["Zürich", "a"] },
      times: { dtype: "datetime64[ns]", dims: ["x"], shape: [2], values: BigInt64Array.of(5n, -(2n ** 63n)) },
      flags: { dtype: "bool", dims: ["x"], shape: [2], values: Uint8Array.of(1, 0) },
    });
    const back = await readBack(dataset);
    const names = back.variables.get("names");
    expect(names?.dims).toEqual(["x", "string7"]);
    expect(names?.attrs["_Encoding"]).toBe("utf-8");
    expect(Buffer.from((names && (await wholeValues(names.source))) as Uint8Array).toString()).toBe(
      "Zürich" + "a\0\0\0\0\0\0",
    );
    expect(back.variables.get("times")?.attrs).toMatchObject({ units: "nanoseconds since 1970-01-01" });
    expect(back.variables.get("flags")?.attrs).toEqual({ dtype: "bool" });
  });

  it("refuses what the format cannot hold, by name, and files above the limit with their size", async () => {
    const complex = group({
      spectrum: { dtype: "complex64", dims: ["x"], shape: [1], values: new Float32Array(2) },
    });
    await expect(classicFile(complex, { maxBytes: 1e6 })).rejects.toThrow(/complex64 values of "spectrum"/);
    const large = group({ a: { dtype: "int8", dims: ["x"], shape: [1000], values: new Int8Array(1000) } });
    await expect(classicFile(large, { maxBytes: 500 })).rejects.toMatchObject({ code: "too_large" });
    const uneven = group({
      a: { dtype: "int8", dims: ["x"], shape: [2], values: new Int8Array(2) },
      b: { dtype: "int8", dims: ["x"], shape: [3], values: new Int8Array(3) },
    });
    await expect(classicFile(uneven, { maxBytes: 1e6 })).rejects.toThrow(/"x" has 2, and 3 in "b"/);
  });
});

async function readBack(dataset: Dataset): Promise<Dataset> {
  const file = await classicFile(dataset, { maxBytes: 1e6 });
  const bytes = await file.read({ offset: 0, length: file.size }, {});
  return openClassic(memoryAccess(bytes), {
    location: new URL("memory:///made.nc"),
    coder: createChunkCoder(),
  });
}

function group(variables: Readonly<Record<string, Given>>): Dataset {
  return {
    attrs: { title: "made", levels: [1n, 2n], note: null },
    groups: new Map(),
    variables: new Map(Object.entries(variables).map(([name, given]) => [name, variable(name, given)])),
  };
}

function variable(name: string, given: Given): Variable {
  return { name, dims: given.dims, attrs: given.attrs ?? {}, source: sourceOf(given) };
}

function sourceOf({ dtype, shape, values, chunkShape, isMissing }: Given): ChunkSource {
  const grid = { shape, chunkShape: chunkShape ?? shape.map((length) => Math.max(1, length)) };
  return {
    dtype,
    grid,
    fill: dtype.startsWith("float") ? Number.NaN : null,
    read(index) {
      if (isMissing === true) return Promise.resolve(undefined);
      const part = clippedShape(grid, index);
      const start = index.map((position, axis) => position * (grid.chunkShape[axis] ?? 1));
      if (dtype === "string") return Promise.resolve({ shape: part, values });
      const chunk = allocateValues(dtype, elementCount(part));
      copyBlock({ values, shape, start }, { values: chunk, shape: part }, part);
      return Promise.resolve({ shape: part, values: chunk });
    },
  };
}

function memoryAccess(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}
