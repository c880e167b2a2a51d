import { readFile } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { isGatewayError } from "@zarr-gateway/primitives";
import { memoryStore } from "@zarr-gateway/stores";
import { recordingStore } from "@zarr-gateway/testkit";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { REFERENCE_LIMITS } from "../limits.ts";
import { readFooter } from "./parquet-footer.ts";
import { openParquetReferences } from "./parquet-references.ts";
import { readBlock } from "./reference-block.ts";

const FIXTURES = new URL("../../../fixtures/references/", import.meta.url);

function fileOf(bytes: Uint8Array) {
  return {
    size: bytes.length,
    read: async (offset: number, length: number) => {
      if (offset < 0 || length < 0 || offset + length > bytes.length)
        throw new Error("read outside the file");
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** All rows as `[path, offset, size]`, inline bytes, or null. */
async function rowsOf(bytes: Uint8Array): Promise<unknown[]> {
  const file = fileOf(bytes);
  const rows: unknown[] = [];
  for (const group of await readFooter(file, {})) {
    const block = await readBlock(file, group, REFERENCE_LIMITS, {});
    for (let row = 0; row < group.rows; row += 1) {
      const found = block.find(row, "x");
      if (!found) rows.push(null);
      else if (found.kind === "inline") rows.push([...found.bytes]);
      else rows.push([found.target, found.range?.offset ?? 0, found.range?.length ?? 0]);
    }
  }
  return rows;
}

/** The same from another reader. */
async function oracleRows(bytes: Uint8Array): Promise<unknown[]> {
  const buffer = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({
    file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
    utf8: false,
    compressors: { ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)) },
  });
  return rows.map(({ path, offset, size, raw }) => {
    if (raw) return [...(raw as Uint8Array)]; // the type of the column
    return path ? [path, Number(offset), Number(size)] : null;
  });
}

const NAMES = ["small.parq", "large.parq", "shared.parq"].flatMap((set) =>
  ["tas", "sparse", "packed", "bloscked", "zstandard", "crs"].map((array) => `${set}/${array}/refs.0.parq`),
);

describe("files of references", () => {
  it.each(NAMES)("%s has the rows that another reader finds", async (name) => {
    const bytes = await readFile(new URL(name, FIXTURES));
    const rows = await rowsOf(bytes);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(await oracleRows(bytes));
  });

  it.each(["SNAPPY", "UNCOMPRESSED"] as const)("are read in many row groups and pages, %s", async (codec) => {
    const count = 5000;
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          {
            name: "path",
            type: "STRING",
            nullable: true,
            data: Array.from({ length: count }, (_, i) => (i % 7 ? `/data/file-${i % 900}.nc` : null)),
          },
          {
            name: "offset",
            type: "INT64",
            data: Array.from({ length: count }, (_, i) => BigInt(i) * 1_000_000_007n),
          },
          { name: "size", type: "INT64", data: Array.from({ length: count }, (_, i) => BigInt(1 + i)) },
          {
            name: "raw",
            type: "BYTE_ARRAY",
            nullable: true,
            data: Array.from({ length: count }, (_, i) => (i % 7 ? null : Uint8Array.of(i & 255))),
          },
        ],
        codec,
        rowGroupSize: 1200,
        pageSize: 2000,
      }),
    );
    const rows = await rowsOf(bytes);
    expect(rows).toHaveLength(count);
    expect(rows[4999]).toEqual(["/data/file-499.nc", 4999 * 1_000_000_007, 5000]);
    expect(rows).toEqual(await oracleRows(bytes));
  });

  it("that are damaged are refused or read, in bounded time and memory", async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const before = process.memoryUsage().rss;
    const bare = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "path", type: "STRING", nullable: true, data: ["/a.nc", null, "/b.nc", "/a.nc", "/a.nc"] },
          { name: "offset", type: "INT64", data: [1n, 2n, 3n, 4n, 5n] },
          {
            name: "raw",
            type: "BYTE_ARRAY",
            nullable: true,
            data: [null, Uint8Array.of(1), null, null, null],
          },
        ],
        codec: "UNCOMPRESSED",
      }),
    );
    const names = ["small.parq/tas/refs.0.parq", "shared.parq/zstandard/refs.0.parq"];
    const files = await Promise.all(names.map((name) => readFile(new URL(name, FIXTURES))));
    for (const [name, original] of [bare, ...files].entries()) {
      for (let trial = 0; trial < 1500; trial += 1) {
        let bytes = new Uint8Array(original);
        for (let change = 0; change <= random(3); change += 1) bytes[random(bytes.length)] = random(256);
        if (trial % 5 === 0) bytes = bytes.subarray(random(bytes.length));
        if (trial % 7 === 0) bytes = bytes.subarray(0, random(bytes.length));
        try {
          await rowsOf(bytes);
        } catch (error) {
          expect(isGatewayError(error) && error.code, `${name} ${trial}: ${String(error)}`).toMatch(
            /upstream|unsupported/,
          );
        }
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  });
});

describe("sets in Parquet", () => {
  const zarray = {
    zarr_format: 2,
    shape: [1e4, 1e4],
    chunks: [10, 1],
    dtype: "<f4",
    fill_value: null,
    order: "C",
    filters: null,
    compressor: null,
  };
  const RECORD = 1000;

  /** 10⁷ references, all files alike. */
  function largeSet() {
    const paths = Array.from({ length: RECORD }, () => "/data/one.nc");
    const places = Array.from({ length: RECORD }, (_, row) => BigInt(40 * row));
    const file = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "path", type: "STRING", nullable: true, data: paths },
          { name: "offset", type: "INT64", data: places },
          { name: "size", type: "INT64", data: places.map(() => 40n) },
        ],
      }),
    );
    const metadata = { ".zgroup": { zarr_format: 2 }, "x/.zarray": zarray };
    const document = Buffer.from(JSON.stringify({ metadata, record_size: RECORD }));
    const bytesAt = (key: string): Uint8Array => (key.endsWith(".parq") ? file : document);
    return recordingStore({
      async get(key, { range } = {}) {
        const [from, to] = range && "offset" in range ? [range.offset, range.offset + range.length] : [0];
        return bytesAt(key).subarray(from, to);
      },
      stat: async (key) => ({ size: bytesAt(key).length, version: "1" }),
    });
  }

  it("read one file for a look-up, and none for its neighbours", async () => {
    const store = largeSet();
    const set = await openParquetReferences(store);
    const calls = (): number => store.calls.filter(({ key }) => key.endsWith(".parq")).length;
    expect(calls()).toBe(0);
    const found = await Promise.all(Array.from({ length: 50 }, (_, i) => set.find(`x/999.${9000 + i}`)));
    expect(found[7]).toEqual({ kind: "target", target: "/data/one.nc", range: { offset: 280, length: 40 } });
    const first = calls();
    expect(first).toBe(2); // its stat and its bytes
    await set.find("x/999.9999");
    expect(calls()).toBe(first);
    const start = performance.now();
    for (let i = 0; i < 2000; i += 1) await set.find(`x/999.${9000 + (i % 1000)}`);
    expect((performance.now() - start) / 2000).toBeLessThan(0.1);
    expect(await set.find("x/1000.0")).toBeUndefined();
    expect(await set.find("x/0.0.0")).toBeUndefined();
    expect(await set.find("y/0")).toBeUndefined();
  });

  it("keep a bounded number of row groups", async () => {
    const store = largeSet();
    const set = await openParquetReferences(store, { limits: { blockCacheBytes: 100_000 } });
    for (let file = 0; file < 60; file += 1) await set.find(`x/${file}.0`);
    const before = store.calls.length;
    await set.find("x/59.0");
    expect(store.calls.length).toBe(before);
    await set.find("x/0.0");
    expect(store.calls.length).toBeGreaterThan(before);
  });

  it("say what is wrong with them", async () => {
    const open = (content: string) =>
      openParquetReferences(memoryStore(new Map([[".zmetadata", Buffer.from(content)]])));
    await expect(open('{"metadata":{}}')).rejects.toMatchObject({ code: "unsupported" });
    await expect(open('{"metadata":{},"record_size":10}')).rejects.toThrow("describes nothing");
    await expect(open('{"metadata":{".zgroup":{}},"record_size":0}')).rejects.toThrow("record_size");
    await expect(open('{"metadata":[],"record_size":10}')).rejects.toThrow("not an object");
    const rows = { ...zarray, shape: [10], chunks: [1] };
    const metadata = JSON.stringify({ metadata: { "x/.zarray": rows }, record_size: 100 });
    const short = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "path", type: "STRING", nullable: true, data: ["a"] }] }),
    );
    const set = await openParquetReferences(
      memoryStore(
        new Map([
          [".zmetadata", Buffer.from(metadata)],
          ["x/refs.0.parq", short],
        ]),
      ),
    );
    expect(await set.find("x/0")).toEqual({ kind: "target", target: "a" });
    await expect(set.find("x/3")).rejects.toThrow("has no row 3");
    const huge = { ...zarray, shape: [2 ** 52, 2 ** 52], chunks: [1, 1] };
    const large = JSON.stringify({ metadata: { "x/.zarray": huge }, record_size: 100 });
    const endless = await openParquetReferences(memoryStore(new Map([[".zmetadata", Buffer.from(large)]])));
    await expect(endless.find(`x/${2 ** 51}.5`)).rejects.toMatchObject({ code: "upstream" });
  });
});
