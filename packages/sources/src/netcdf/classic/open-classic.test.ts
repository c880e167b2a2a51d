import { readFileSync } from "node:fs";
import { createChunkCoder } from "@zarr-gateway/codecs";
import {
  type AttributeValue,
  allocateValues,
  bytesOfValues,
  type ChunkSource,
  chunkCounts,
  copyBlock,
  type Dataset,
  elementCount,
  isStringValues,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASSIC_TYPES } from "./classic-type.ts";
import { formatHeader } from "./format-header.ts";
import type { ClassicAttribute, ClassicHeader, ClassicVersion } from "./header.ts";
import { openClassic } from "./open-classic.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);
const context = { location: new URL("file:///data/a.nc"), coder: createChunkCoder() };
const short = CLASSIC_TYPES.get(3)!;

interface Expected {
  readonly attrs: Record<string, unknown>;
  readonly variables: Record<
    string,
    {
      dims: string[];
      shape: number[];
      dtype: string;
      attrs: Record<string, unknown>;
      little_endian_hex: string;
    }
  >;
}

describe("openClassic", () => {
  // what netCDF4-python reads from the same files, written by fixtures/make-fixtures.py
  const expected = JSON.parse(readFileSync(new URL("expected.json", FIXTURES), "utf8")) as Record<
    string,
    Expected
  >;

  it.each(Object.keys(expected))("reads %s as netCDF4-python does", async (file) => {
    const dataset = await openClassic(memoryAccess(readFileSync(new URL(file, FIXTURES))), context);
    expect(plainAttributes(dataset.attrs)).toEqual(expected[file]?.attrs);
    expect(dataset.warnings).toEqual([]);
    const read: Expected["variables"] = {};
    for (const [name, { dims, attrs, source }] of dataset.variables) {
      read[name] = {
        dims: dims.map(String),
        shape: [...source.grid.shape],
        dtype: source.dtype,
        attrs: plainAttributes(attrs),
        little_endian_hex: await wholeHex(source),
      };
    }
    expect(read).toEqual(expected[file]?.variables);
    expect(Object.keys(read)).toEqual(Object.keys(expected[file]?.variables ?? {}));
  });

  it("takes the fill value from _FillValue, in the form of its type", async () => {
    const dataset = await openClassic(
      memoryAccess(readFileSync(new URL("mixed-data64.nc", FIXTURES))),
      context,
    );
    const fill = (name: string) => dataset.variables.get(name)?.source.fill;
    expect(fill("fixed_i2")).toBe(99);
    expect(fill("fixed_u8")).toBe(99n);
    expect(fill("names")).toEqual(Buffer.from("-"));
    expect(fill("record_i2")).toBeNull();
  });

  it("works the number of records out of the file's size where the writer did not know it", async () => {
    for (const file of ["mixed-classic.nc", "mixed-data64.nc", "lone-record-offset64.nc"]) {
      const bytes = Uint8Array.from(readFileSync(new URL(file, FIXTURES)));
      bytes.fill(0xff, 4, file.includes("data64") ? 12 : 8);
      const dataset = await openClassic(memoryAccess(bytes), context);
      const name = file.startsWith("mixed") ? "record_i2" : "lone";
      const shape = expected[file]?.variables[name]?.shape;
      expect(dataset.variables.get(name)?.source.grid.shape).toEqual(shape);
    }
  });

  it("fails the chunk that the file is too short for, and no other", async () => {
    const bytes = readFileSync(new URL("mixed-classic.nc", FIXTURES));
    const dataset = await openClassic(memoryAccess(bytes.subarray(0, bytes.length - 20)), context);
    await expect(dataset.variables.get("time")?.source.read([0])).rejects.toThrow(/truncated/);
    await expect(dataset.variables.get("time")?.source.stored?.read([0])).rejects.toMatchObject({
      code: "upstream",
    });
    await expect(dataset.variables.get("fixed_f8")?.source.read([0])).resolves.toBeDefined();
  });

  it("opens a file that declares 2^40 elements it does not have, and refuses to read them", async () => {
    const dataset = await openClassic(
      memoryAccess(
        fileOf({ version: 5, lengths: [2 ** 40, 2 ** 20], variables: [{ name: "huge", axes: [0, 1] }] }),
      ),
      context,
    );
    const source = sourceOf(dataset, "huge");
    expect(source.grid).toEqual({ shape: [2 ** 40, 2 ** 20], chunkShape: [2, 2 ** 20] });
    await expect(source.read([0, 0])).rejects.toThrow(/truncated/);
    await expect(source.stored?.read([2 ** 38, 0])).rejects.toThrow(/truncated/);
  });

  it("leaves a variable out, with a warning, whose name cannot be part of a path", async () => {
    const variables = [
      { name: "a/b", axes: [0] },
      { name: "a", axes: [0] },
      { name: "a", axes: [0] },
    ];
    const dataset = await openClassic(memoryAccess(fileOf({ version: 1, lengths: [2], variables })), context);
    expect([...dataset.variables.keys()]).toEqual(["a"]);
    expect(dataset.warnings?.map(({ path }) => path)).toEqual(["/a/b", "/a"]);
  });

  it("hides how a variable was rounded, as xarray does", async () => {
    const digit = { name: "least_significant_digit", type: short, bytes: Uint8Array.of(0, 2) };
    const attributes = [digit, { ...digit, name: "count" }];
    const variables = [{ name: "v", axes: [0], attributes }];
    const dataset = await openClassic(memoryAccess(fileOf({ version: 1, lengths: [2], variables })), context);
    expect(dataset.variables.get("v")?.attrs).toEqual({ count: 2n });
  });

  it("opens a file with a long header in a few growing reads", async () => {
    const variables = Array.from({ length: 3000 }, (_, number) => ({
      name: `variable_${number}`,
      axes: [0],
    }));
    const access = memoryAccess(fileOf({ version: 2, lengths: [3], variables }));
    const dataset = await openClassic(access, context);
    expect(dataset.variables.size).toBe(3000);
    expect(access.reads.map(([offset]) => offset)).toEqual(access.reads.map(() => 0));
    expect(access.reads.length).toBeLessThanOrEqual(4);
  });
});

describe("a damaged file", () => {
  it("is refused or read, but never fails in another way", async () => {
    const files = ["mixed-classic.nc", "mixed-data64.nc"].map((file) =>
      readFileSync(new URL(file, FIXTURES)),
    );
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), damage, fc.nat(), async (file, changes, cut) => {
        const bytes = Uint8Array.from(file.subarray(0, file.length - (cut % 200)));
        for (const [position, byte] of changes) bytes[position % bytes.length] = byte;
        const outcome = await readEverything(bytes).catch((error: unknown) => error);
        if (outcome !== undefined) expect(outcome).toMatchObject({ name: "GatewayError" });
      }),
      { numRuns: 300 },
    );
  });
});

/** The first chunk of every variable. */
async function readEverything(bytes: Uint8Array): Promise<void> {
  const dataset = await openClassic(memoryAccess(bytes), context);
  for (const { source } of dataset.variables.values()) {
    const { shape, chunkShape } = source.grid;
    expect(elementCount(chunkShape)).toBeLessThanOrEqual(16 * 2 ** 20);
    if (!shape.includes(0)) await source.read(shape.map(() => 0));
  }
}

describe("stored chunks", () => {
  const large = { version: 2 as const, lengths: [3_000_000], variables: [{ name: "v", axes: [0] }] };

  it("have an address where they are one whole range of the file", async () => {
    const access = memoryAccess(fileOf(large));
    const { stored, grid } = sourceOf(await openClassic(access, context), "v");
    expect(chunkCounts(grid)).toEqual([2]);
    const begin = access.size - 6_000_000;
    expect(await stored?.locate?.([1])).toEqual({
      url: context.location,
      offset: begin + 3_000_000,
      length: 3_000_000,
    });
    expect(await stored?.stat([1])).toMatchObject({ size: 3_000_000 });
    expect(await stored?.locate?.([2])).toBeUndefined();
    expect(await stored?.read([2])).toBeUndefined();
  });

  it("are read once, and no further than a range asks", async () => {
    const access = memoryAccess(fileOf(large));
    const { stored } = sourceOf(await openClassic(access, context), "v");
    access.reads.length = 0;
    const whole = await stored?.read([1]);
    const part = await stored?.read([1], { range: { offset: 10, length: 6 } });
    const end = await stored?.read([1], { range: { suffix: 4 } });
    expect(access.reads.map(([, length]) => length)).toEqual([3_000_000, 6, 4]);
    expect(part).toEqual(whole?.subarray(10, 16));
    expect(end).toEqual(whole?.subarray(-4));
  });

  it("are padded where the array ends within them, and have no address then", async () => {
    const prime = 2_500_009; // no divisor will do
    const access = memoryAccess(
      fileOf({ version: 1, lengths: [prime], variables: [{ name: "v", axes: [0] }] }),
    );
    const source = sourceOf(await openClassic(access, context), "v");
    const [length = 0] = source.grid.chunkShape;
    const last = chunkCounts(source.grid)[0]! - 1;
    expect(prime % length).not.toBe(0);
    expect((await source.stored?.read([last]))?.length).toBe(2 * length);
    expect(await source.stored?.locate?.([last])).toBeUndefined();
    expect((await source.read([last]))?.values.length).toBe(prime - last * length);
  });

  it("gather interleaved records in one read where little lies between them", async () => {
    const access = memoryAccess(readFileSync(new URL("mixed-classic.nc", FIXTURES)));
    const source = sourceOf(await openClassic(access, context), "time");
    access.reads.length = 0;
    await source.read([0]);
    expect(access.reads).toHaveLength(1);
    expect(await source.stored?.locate?.([0])).toBeUndefined();
  });
});

/** Bytes in memory as a file that counts its reads. */
function memoryAccess(
  bytes: Uint8Array,
): RandomAccess & { readonly reads: [offset: number, length: number][] } {
  const reads: [number, number][] = [];
  return {
    size: bytes.length,
    version: "1",
    reads,
    read(offset, length) {
      reads.push([offset, length]);
      if (offset + length > bytes.length) return Promise.reject(new GatewayError("upstream", "truncated"));
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

interface VariableInput {
  readonly name: string;
  readonly axes: readonly number[];
  readonly attributes?: readonly ClassicAttribute[];
}

/** A file of int16 variables that lie one after the other and count up; only the last one is written out. */
function fileOf(input: {
  readonly version: ClassicVersion;
  readonly lengths: readonly number[];
  readonly variables: readonly VariableInput[];
}): Uint8Array {
  const variable = (begin: number) => (v: VariableInput) => {
    return { name: v.name, dimensions: v.axes, attributes: v.attributes ?? [], type: short, begin };
  };
  const header = (begin: number): ClassicHeader => ({
    version: input.version,
    records: 0,
    dimensions: input.lengths.map((length, position) => ({ name: `d${position}`, length })),
    attributes: [],
    variables: input.variables.map(variable(begin)),
  });
  const begin = formatHeader(header(0)).length;
  const elements = elementCount(input.lengths);
  if (elements > 1e7) return formatHeader(header(begin));
  const values = Uint16Array.from({ length: elements }, (_, position) => position);
  return Buffer.concat([formatHeader(header(begin)), Buffer.from(values.buffer).swap16()]);
}

function sourceOf(dataset: Dataset, name: string): ChunkSource {
  const variable = dataset.variables.get(name);
  if (variable === undefined) throw new Error(`no variable ${name}`);
  return variable.source;
}

/** All elements of a source, little-endian. */
async function wholeHex(source: ChunkSource): Promise<string> {
  const { shape, chunkShape } = source.grid;
  const values = allocateValues(source.dtype, elementCount(shape));
  for (const index of allIndices(chunkCounts(source.grid))) {
    const chunk = await source.read(index);
    if (chunk === undefined) throw new Error("a NetCDF-3 chunk is never missing");
    const start = index.map((position, axis) => position * (chunkShape[axis] ?? 1));
    copyBlock(chunk, { values, shape, start }, chunk.shape, unitsPerElement(source.dtype));
  }
  if (isStringValues(values)) throw new Error("NetCDF-3 has no strings");
  return Buffer.from(bytesOfValues(values)).toString("hex");
}

function allIndices(counts: readonly number[]): number[][] {
  return counts.reduce<number[][]>(
    (indices, count) =>
      indices.flatMap((index) => Array.from({ length: count }, (_, position) => [...index, position])),
    [[]],
  );
}

/** In the words of make-fixtures.py: integers and floats told apart. */
function plainAttributes(attrs: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  const plain = (value: AttributeValue): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === "bigint") return { int: value.toString() };
    return typeof value === "number" ? { float: pythonRepr(value) } : value;
  };
  return Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, plain(value)]));
}

function pythonRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
