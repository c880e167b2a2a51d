import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { type Dataset, elementCount, type Variable, wholeValues } from "@zarr-gateway/dataset";
import { createWorkerPool } from "@zarr-gateway/primitives";
import { netcdfOpener, openZarr } from "@zarr-gateway/sources";
import { fileStore } from "@zarr-gateway/stores";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ResultWriterOptions, resultWriter } from "./result-writer.ts";
import { stepCount, stepOrder } from "./step-order.ts";

let folder: TemporaryFolder;
let steps: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  steps = [];
});
afterEach(() => folder[Symbol.asyncDispose]());

function writer(options: Partial<ResultWriterOptions> = {}) {
  return resultWriter({
    ...{ folder: folder.path, format: "zarr", layout: { compressor: "zstd", shard: 1 } },
    onStep: (done, total) => steps.push(`${done}/${total}`),
    ...options,
  });
}

const opened = (name = "results.zarr"): Promise<Dataset> =>
  openZarr(fileStore(join(folder.path, name)), { coder: createChunkCoder() });

function datasetOf(variable: Variable): Dataset {
  return { attrs: {}, variables: new Map([[variable.name, variable]]), groups: new Map() };
}

/** Numbered in C order; `reads` takes down which chunks are asked for. */
function field(
  name: string,
  dims: readonly string[],
  shape: readonly number[],
  reads: string[] = [],
): Variable {
  const chunkShape = shape.map((length, axis) => (axis < shape.length - 2 ? 1 : length));
  const inner = elementCount(chunkShape);
  const grid = { shape, chunkShape };
  return {
    name,
    dims,
    attrs: { units: "K" },
    source: {
      dtype: "float32",
      grid,
      fill: Number.NaN,
      read: (index) => {
        reads.push(`${name} ${index.join(".")}`);
        const first =
          chunkShape.length < 3
            ? 0
            : index.slice(0, -2).reduce((sum, one, axis) => sum * (shape[axis] ?? 1) + one, 0);
        return Promise.resolve({
          shape: chunkShape,
          values: Float32Array.from({ length: inner }, (_, i) => first * inner + i),
        });
      },
    },
  };
}

function axis(name: string, values: readonly number[], attrs: Variable["attrs"] = {}): Variable {
  const grid = { shape: [values.length], chunkShape: [Math.max(1, values.length)] };
  const read = () => Promise.resolve({ shape: grid.shape, values: BigInt64Array.from(values, BigInt) });
  return { name, dims: [name], attrs, source: { dtype: "int64", grid, fill: 0n, read } };
}

function forecast(reads: string[] = []): Dataset {
  const dims = ["time", "ensemble", "lead_time", "lat", "lon"];
  const variables = [
    axis("time", [0, 24], { units: "hours since 2024-01-01" }),
    axis("ensemble", [0, 1]),
    axis("lead_time", [0, 6, 12, 18, 24], { units: "hours", dtype: "timedelta64[ns]" }),
    field("t2m", dims, [2, 2, 5, 2, 3], reads),
    field("msl", dims, [2, 2, 5, 2, 3], reads),
  ];
  return {
    attrs: { title: "test" },
    variables: new Map(variables.map((one) => [one.name, one])),
    groups: new Map(),
  };
}

describe("the order of chunks", () => {
  it("goes start by start, lead time by lead time, all members and variables of one together", () => {
    const { variables } = forecast();
    const fields = [...variables.values()].filter(({ dims }) => dims.length > 1);
    expect(stepCount(fields)).toBe(10);
    const order = [...stepOrder(fields)].map(({ chunks }) =>
      chunks.map(({ variable, index }) => `${variable.name} ${index.slice(0, 3).join(".")}`),
    );
    expect(order[0]).toEqual(["t2m 0.0.0", "t2m 0.1.0", "msl 0.0.0", "msl 0.1.0"]);
    expect(order[1]?.[1]).toBe("t2m 0.1.1");
    expect(order[5]?.[0]).toBe("t2m 1.0.0");
    expect(order.flat()).toHaveLength(40);
  });
});

describe("results in Zarr", () => {
  it("open as soon as they are begun, and have their coordinates then", async () => {
    const source = forecast();
    const seen: string[] = [];
    const t2m = source.variables.get("t2m");
    if (t2m === undefined) throw new Error("no field");
    const watched: Variable = {
      ...t2m,
      source: {
        ...t2m.source,
        read: async (index, call) => {
          const now = await opened();
          const lead = now.variables.get("lead_time");
          seen.push(
            `${[...now.variables.keys()].join(" ")} ${String((await lead?.source.read([0]))?.values)}`,
          );
          await now.close?.();
          return t2m.source.read(index, call);
        },
      },
    };
    await writer().write({ ...source, variables: new Map([...source.variables, ["t2m", watched]]) });
    expect(new Set(seen)).toEqual(new Set(["time ensemble lead_time t2m msl 0,6,12,18,24"]));
    expect(steps).toEqual(["0/10", ...Array.from({ length: 10 }, (_, at) => `${at + 1}/10`)]);
  });

  it("hold every value, each read once, and nothing besides", async () => {
    const reads: string[] = [];
    const source = forecast(reads);
    await writer().write(source, { name: "other" });
    expect(new Set(reads).size).toBe(reads.length);
    expect(reads).toHaveLength(40);
    const back = await opened("other.zarr");
    for (const [name, variable] of source.variables) {
      const written = back.variables.get(name);
      expect(written?.dims).toEqual(variable.dims);
      expect(written?.attrs).toEqual(variable.attrs);
      expect(written && (await wholeValues(written.source))).toEqual(await wholeValues(variable.source));
    }
    await back.close?.();
    const files = await readdir(folder.path, { recursive: true });
    expect(files.filter((file) => /(^|\/)\./.test(file))).toEqual([]);
    expect(files.filter((file) => /t2m\/c(\/\d){5}$/.test(file))).toHaveLength(20);
    const root = JSON.parse(await readFile(join(folder.path, "other.zarr/zarr.json"), "utf8")) as object;
    expect(root).toMatchObject({ consolidated_metadata: { kind: "inline", must_understand: false } });
  });

  it("put lead times into shards where they shall", async () => {
    const source = forecast();
    await writer({ layout: { compressor: "none", shard: 2 } }).write(source);
    const back = await opened();
    const t2m = back.variables.get("t2m");
    expect(t2m?.source.grid.chunkShape).toEqual([1, 1, 1, 2, 3]);
    expect(t2m && (await wholeValues(t2m.source))).toEqual(
      await wholeValues((source.variables.get("t2m") as Variable).source), // made above
    );
    await back.close?.();
    const files = await readdir(join(folder.path, "results.zarr"), { recursive: true });
    expect(files.filter((file) => /t2m\/c(\/\d){5}$/.test(file))).toHaveLength(12);
    expect(steps.at(-1)).toBe("10/10");
  });

  it("stop at the first failure, and when they are cancelled", async () => {
    const source = forecast();
    const t2m = source.variables.get("t2m") as Variable; // made above
    const failing = {
      ...t2m,
      source: { ...t2m.source, read: () => Promise.reject(new Error("model is gone")) },
    };
    const variables = new Map([...source.variables, ["t2m", failing] as const]);
    await expect(writer().write({ ...source, variables })).rejects.toThrow("model is gone");
    const signal = AbortSignal.abort(new Error("cancelled"));
    await expect(writer().write(forecast(), { name: "x", signal })).rejects.toThrow("cancelled");
  });
});

describe("results that come piece by piece", () => {
  const layout = {
    attrs: { title: "pieces" },
    variables: {
      lead_time: {
        dims: ["lead_time"],
        shape: [3],
        dtype: "int64",
        values: BigInt64Array.of(0n, 6n, 12n),
        attrs: { units: "hours" },
      },
      t2m: { dims: ["lead_time", "lat", "lon"], shape: [3, 2, 2], dtype: "float32" },
    },
  } as const;
  const piece = (lead: number, values: Float32Array, count = 1) => ({
    start: [lead, 0, 0],
    shape: [count, 2, 2],
    values,
  });

  it.each([1, 2])("are written as they come, in shards of %d", async (shard) => {
    const arrays = await writer({ layout: { compressor: "zstd", shard } }).create(layout);
    expect(
      await wholeValues((await opened()).variables.get("lead_time")?.source as Variable["source"]),
    ).toEqual(BigInt64Array.of(0n, 6n, 12n)); // in the layout
    await arrays.put("t2m", piece(0, Float32Array.of(1, 2, 3, 4)));
    await arrays.put("t2m", piece(1, Float32Array.of(5, 6, 7, 8, 9, 10, 11, 12), 2));
    await arrays.close();
    const back = await opened();
    expect(await wholeValues(back.variables.get("t2m")?.source as Variable["source"])).toEqual(
      Float32Array.from({ length: 12 }, (_, at) => at + 1),
    ); // in the layout
    expect(steps).toEqual(["0/3", "1/3", "3/3"]);
  });

  it("are refused where they are no whole chunks, of another type, or come too late", async () => {
    const arrays = await writer().create(layout);
    const put = (start: readonly number[], shape: readonly number[], values: Float32Array | Float64Array) =>
      arrays.put("t2m", { start, shape, values });
    await expect(put([0, 0, 0], [1, 1, 2], new Float32Array(2))).rejects.toThrow(
      "it has to be whole chunks of [1,2,2]",
    );
    await expect(put([3, 0, 0], [1, 2, 2], new Float32Array(4))).rejects.toThrow("inside of [3,2,2]");
    await expect(put([0, 0, 0], [1, 2, 2], new Float32Array(3))).rejects.toThrow("3 values, 4 expected");
    await expect(put([0, 0, 0], [1, 2, 2], new Float64Array(4))).rejects.toThrow(
      "Float64Array for values of float32",
    );
    await expect(arrays.put("u", piece(0, new Float32Array(4)))).rejects.toThrow('no variable "u"');
    await arrays.close();
    await expect(arrays.put("t2m", piece(0, new Float32Array(4)))).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(writer().create({ variables: { "../x": layout.variables.t2m } })).rejects.toThrow(
      "a name has letters",
    );
    await expect(writer().create(layout, { name: "../up" })).rejects.toThrow("results are named by letters");
  });
});

describe("results in NetCDF", () => {
  it("writes what a workflow says itself, whatever was configured", async () => {
    const source = datasetOf(field("a", ["x"], [4]));
    const io = writer();
    await io.write(source, { format: "netcdf4", name: "one" });
    await io.write(source);
    expect((await readdir(folder.path)).sort()).toEqual(["one.nc", "results.zarr"]);
    await expect(io.write(source, { name: "two", concurrency: 0 })).rejects.toThrow("from 1 on, not 0");
  });

  it("reads as many chunks at once as it is told", async () => {
    let [now, most] = [0, 0];
    const slow = field("a", ["lead_time", "member", "y", "x"], [2, 6, 1, 3]);
    const read: typeof slow.source.read = async (index, call) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return slow.source.read(index, call);
    };
    await writer().write(datasetOf({ ...slow, source: { ...slow.source, read } }), { concurrency: 3 });
    expect(most).toBe(3);
  });

  it("are one file with all values at the end, and no store beside it", async () => {
    const source = forecast();
    await writer({ format: "netcdf4" }).write(source);
    const pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    expect(await readdir(folder.path)).toEqual(["results.nc"]);
    const opener = netcdfOpener({
      stores: { allow: [new URL("file:///")] },
      coder: createChunkCoder(),
      pool,
    });
    const back = await opener.open(pathToFileURL(join(folder.path, "results.nc")));
    for (const name of ["t2m", "lead_time"]) {
      const written = back.variables.get(name) as Variable; // made above
      expect(await wholeValues(written.source)).toEqual(
        await wholeValues((source.variables.get(name) as Variable).source),
      );
    }
    await back.close?.();
    await pool.close();
    expect(steps.at(-1)).toBe("10/10");
  });
});
