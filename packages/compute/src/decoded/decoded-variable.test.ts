import type { Attributes, ChunkSource, DataType, Values } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { decodedVariable } from "./decoded-variable.ts";

async function decode(
  dtype: DataType,
  values: Values,
  attrs: Attributes,
): Promise<{ dtype: DataType; values: unknown[]; attrs: Attributes; fill: unknown }> {
  const source: ChunkSource = {
    dtype,
    fill: 0,
    grid: { shape: [values.length], chunkShape: [values.length] },
    read: () => Promise.resolve({ shape: [values.length], values }),
  };
  const result = decodedVariable({ name: "v", dims: ["x"], attrs, source });
  const chunk = await result.source.read([0]);
  return {
    dtype: result.source.dtype,
    values: Array.from((chunk?.values ?? []) as ArrayLike<unknown>),
    attrs: result.attrs,
    fill: result.source.fill,
  };
}

describe("decodedVariable", () => {
  it("leaves what needs no decoding as it is", () => {
    const source = {
      dtype: "float32",
      fill: 0,
      grid: { shape: [], chunkShape: [] },
    } as unknown as ChunkSource; // never read
    const variable = { name: "v", dims: [], attrs: { units: "K" }, source };
    expect(decodedVariable(variable)).toBe(variable);
  });

  it("unpacks integers into float64, and missing ones into NaN", async () => {
    const attrs = { scale_factor: 0.5, add_offset: 10, _FillValue: -1n, units: "K" };
    const result = await decode("int16", Int16Array.of(0, 4, -1), attrs);
    expect(result).toEqual({
      dtype: "float64",
      values: [10, 12, Number.NaN],
      attrs: { units: "K", _FillValue: Number.NaN },
      fill: 10,
    });
  });

  it("masks short integers as float32 and long ones as float64", async () => {
    expect((await decode("int16", Int16Array.of(1, -9), { missing_value: -9n })).dtype).toBe("float32");
    expect((await decode("int32", Int32Array.of(1, -9), { missing_value: -9n })).values).toEqual([
      1,
      Number.NaN,
    ]);
    expect((await decode("int32", Int32Array.of(1, -9), { missing_value: -9n })).dtype).toBe("float64");
  });

  it("knows several missing values", async () => {
    const attrs = { missing_value: [7, 8, 9], _FillValue: 1e20 };
    const result = await decode("float32", Float32Array.of(1, 7, 8, 9, 1e20), attrs);
    expect(result.values).toEqual([1, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it("reads integers under the other sign, and their fill value with them", async () => {
    const result = await decode("int8", Int8Array.of(-1, -2, 3), { _Unsigned: "true", _FillValue: -1n });
    expect(result).toMatchObject({ dtype: "float32", values: [Number.NaN, 254, 3] });
    const plain = await decode("int8", Int8Array.of(-1, 3), { _Unsigned: "true" });
    expect(plain).toMatchObject({ dtype: "uint8", values: [255, 3] });
  });

  it("makes integers of integers under an integer scale", async () => {
    expect(await decode("int16", Int16Array.of(2, -3), { scale_factor: 10n })).toMatchObject({
      dtype: "int64",
      values: [20n, -30n],
    });
  });

  it("takes numbers that were written from booleans for booleans", async () => {
    expect(await decode("int8", Int8Array.of(0, 1), { dtype: "bool" })).toMatchObject({
      dtype: "bool",
      values: [0, 1],
      attrs: {},
    });
  });

  it("keeps times exact, also short ones that may be missing", async () => {
    const attrs = { units: "days since 1850-01-01", _FillValue: -1n };
    expect((await decode("int16", Int16Array.of(5, -1), attrs)).dtype).toBe("float64");
  });
});
