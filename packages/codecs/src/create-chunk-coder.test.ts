import {
  type ArrayEncoding,
  allocateValues,
  bytesOfValues,
  type CodecSpec,
  clippedShape,
  type DataType,
  elementCount,
  isStringValues,
  type Values,
} from "@zarr-gateway/dataset";
import { createWorkerPool, type WorkerPool } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createChunkCoder } from "./create-chunk-coder.ts";

const DTYPES: readonly DataType[] = [
  ..."bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
    .split(" ")
    .map((name) => name as DataType), // each is one of its names
  "datetime64[ns]",
  "timedelta64[s]",
  "S5",
  "U3",
  "string",
];
const codec = (name: string, configuration: Record<string, unknown> = {}): CodecSpec => ({
  name,
  configuration,
});
const little = codec("bytes", { endian: "little" });
const blosc = (cname: string, shuffle: string) => codec("blosc", { cname, clevel: 3, shuffle, blocksize: 0 });
const TO_BYTES: readonly CodecSpec[][] = [
  [],
  [codec("gzip", { level: 1 })],
  [codec("zstd", { level: 3, checksum: true })],
  [codec("numcodecs.zlib", { level: 1 })],
  [codec("numcodecs.lz4")],
  [codec("crc32c")],
  [
    codec("numcodecs.shuffle", { elementsize: 4 }),
    codec("numcodecs.zstd", { level: 1 }),
    codec("numcodecs.fletcher32"),
  ],
  [codec("zstd"), codec("gzip"), codec("numcodecs.adler32"), codec("numcodecs.jenkins_lookup3")],
  ...["blosclz", "lz4", "lz4hc", "zlib", "zstd"].map((name) => [blosc(name, "shuffle")]),
  ...["blosclz", "lz4", "zstd"].map((name) => [blosc(name, "bitshuffle")]),
  [blosc("lz4", "noshuffle")],
];

interface Sample {
  readonly encoding: ArrayEncoding;
  readonly index: readonly number[];
  readonly values: Values;
}

const samples: fc.Arbitrary<Sample> = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    endian: fc.constantFrom("little", "big"),
    axes: fc.array(
      fc.record({
        chunks: fc.integer({ min: 1, max: 3 }),
        length: fc.integer({ min: 1, max: 6 }),
        cut: fc.nat(5),
      }),
      { maxLength: 4 },
    ),
    byteCodecs: fc.constantFrom(...TO_BYTES),
    isTransposed: fc.boolean(),
    isSharded: fc.boolean(),
    seed: fc.integer(),
  })
  .map((plan) => {
    const chunkShape = plan.axes.map(({ length }) => length);
    const shape = plan.axes.map(({ chunks, length, cut }) => chunks * length - Math.min(cut, length - 1));
    const index = plan.axes.map(({ chunks }) => chunks - 1);
    const serializer = plan.dtype === "string" ? codec("vlen-utf8") : codec("bytes", { endian: plan.endian });
    const front = plan.isTransposed
      ? [codec("transpose", { order: chunkShape.map((_, axis) => axis).reverse() })]
      : [];
    const chain = [...front, serializer, ...plan.byteCodecs];
    const sharding = codec("sharding_indexed", {
      chunk_shape: chunkShape.map((length) => (length % 2 === 0 ? length / 2 : length)),
      codecs: chain,
      index_codecs: [little, codec("crc32c")],
      index_location: plan.seed % 2 === 0 ? "start" : "end",
    });
    const grid = { shape, chunkShape };
    const fill = plan.dtype === "string" ? "x" : null;
    const encoding = { dtype: plan.dtype, grid, fill, codecs: plan.isSharded ? [sharding] : chain };
    return {
      encoding,
      index,
      values: randomValues(plan.dtype, elementCount(clippedShape(grid, index)), plan.seed),
    };
  });

function randomValues(dtype: DataType, count: number, seed: number): Values {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  if (dtype === "string") return Array.from({ length: count }, () => "aé雪".repeat(next() % 4));
  const values = allocateValues(dtype, count);
  if (isStringValues(values)) return values;
  const bytes = bytesOfValues(values);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = dtype === "bool" ? next() & 1 : next() & next();
  return values;
}

const comparable = (values: Values) => (isStringValues(values) ? values : Buffer.from(bytesOfValues(values)));

describe("ChunkCoder", () => {
  const coder = createChunkCoder();
  let pool: WorkerPool | undefined;
  afterAll(() => pool?.close());

  it("decodes what it has encoded, bit by bit, for every type, shape and chain", async () => {
    await fc.assert(
      fc.asyncProperty(samples, async ({ encoding, index, values }) => {
        const shape = clippedShape(encoding.grid, index);
        const before = structuredClone(comparable(values));
        const bytes = await coder.encodeAlways(encoding, index, { shape, values });
        const kept = Buffer.from(bytes);
        const chunk = await coder.decode(encoding, index, bytes);
        expect(chunk.shape).toEqual(shape);
        expect(comparable(chunk.values)).toEqual(comparable(values));
        expect(Buffer.compare(kept, bytes)).toBe(0);
        expect(comparable(values)).toEqual(
          Buffer.isBuffer(comparable(values)) ? Buffer.from(before as Uint8Array) : before,
        );
      }),
      { numRuns: 400 },
    );
  });

  it("pads chunks at the border with the fill value", async () => {
    const encoding: ArrayEncoding = {
      dtype: "int16",
      grid: { shape: [3], chunkShape: [2] },
      fill: -1,
      codecs: [little],
    };
    const bytes = await coder.encode(encoding, [1], { shape: [1], values: Int16Array.of(7) });
    expect(bytes && [...bytes]).toEqual([7, 0, 255, 255]);
  });

  it("gives undefined for a chunk that is all fill, unless told to write it", async () => {
    const encoding: ArrayEncoding = {
      dtype: "float32",
      grid: { shape: [3], chunkShape: [2] },
      fill: Number.NaN,
      codecs: [little],
    };
    const chunk = { shape: [2], values: Float32Array.of(Number.NaN, Number.NaN) };
    expect(await coder.encode(encoding, [0], chunk)).toBeUndefined();
    expect(await coder.encodeAlways(encoding, [0], chunk)).toHaveLength(8);
  });

  it("codes scalars", async () => {
    const encoding: ArrayEncoding = {
      dtype: "float64",
      grid: { shape: [], chunkShape: [] },
      fill: 0,
      codecs: [little, codec("zstd")],
    };
    const bytes = await coder.encodeAlways(encoding, [], { shape: [], values: Float64Array.of(3.5) });
    expect(await coder.decode(encoding, [], bytes)).toEqual({ shape: [], values: Float64Array.of(3.5) });
  });

  it("gives the same in a worker thread, and leaves the caller's buffers alone", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    const threaded = createChunkCoder({ pool, thresholdBytes: 0 });
    for (const dtype of ["float16", "int64", "string"] as const) {
      for (const byteCodecs of [[codec("zstd")], [codec("numcodecs.lz4")], [codec("crc32c")]]) {
        const serializer = dtype === "string" ? codec("vlen-utf8") : little;
        const grid = { shape: [100], chunkShape: [64] };
        const encoding: ArrayEncoding = {
          dtype,
          grid,
          fill: dtype === "string" ? "" : null,
          codecs: [serializer, ...byteCodecs],
        };
        const chunk = { shape: [36], values: randomValues(dtype, 36, 5) };
        const bytes = await threaded.encodeAlways(encoding, [1], chunk);
        expect(Buffer.from(bytes)).toEqual(Buffer.from(await coder.encodeAlways(encoding, [1], chunk)));
        const decoded = await threaded.decode(encoding, [1], bytes);
        expect(comparable(decoded.values)).toEqual(comparable(chunk.values));
        expect(decoded).toEqual({ ...(await coder.decode(encoding, [1], bytes)), isExclusive: true });
      }
    }
  });

  it("lets bytes that nobody else holds go to the worker thread", async () => {
    pool ??= createWorkerPool({ threads: 1, maxQueue: 10 });
    const threaded = createChunkCoder({ pool, thresholdBytes: 0 });
    const grid = { shape: [64], chunkShape: [64] };
    const encoding: ArrayEncoding = { dtype: "int16", grid, fill: 0, codecs: [little, codec("zstd")] };
    const chunk = { shape: [64], values: randomValues("int16", 64, 5) };
    const bytes = new Uint8Array(await coder.encodeAlways(encoding, [0], chunk));
    const own = new Uint8Array(bytes);
    expect((await threaded.decode(encoding, [0], bytes)).values).toEqual(chunk.values);
    expect(bytes).toEqual(own);
    expect(threaded.pending(encoding, [0], own, { isExclusive: true })?.transfer).toEqual([own.buffer]);
    expect(threaded.pending(encoding, [0], bytes)?.transfer).toEqual([]);
    expect((await threaded.decode(encoding, [0], own, { isExclusive: true })).values).toEqual(chunk.values);
    expect(own.length).toBe(0);
  });

  it("carries an error of a worker thread with its code", async () => {
    pool ??= createWorkerPool({ threads: 1, maxQueue: 10 });
    const threaded = createChunkCoder({ pool, thresholdBytes: 0 });
    const encoding: ArrayEncoding = {
      dtype: "int8",
      grid: { shape: [9], chunkShape: [9] },
      fill: 0,
      codecs: [little, codec("zstd")],
    };
    await expect(threaded.decode(encoding, [0], new Uint8Array(30))).rejects.toMatchObject({
      code: "upstream",
      details: { chunk: [0] },
    });
    await expect(
      threaded.decode(
        { ...encoding, codecs: [little, codec("crc32c"), codec("pcodec"), codec("gzip")] },
        [0],
        new Uint8Array(30),
      ),
    ).rejects.toMatchObject({ code: "unsupported" });
  });

  it("does not start for a caller who has left", async () => {
    const encoding: ArrayEncoding = {
      dtype: "int8",
      grid: { shape: [1], chunkShape: [1] },
      fill: 0,
      codecs: [little],
    };
    await expect(
      coder.decode(encoding, [0], new Uint8Array(1), { signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/);
  });

  it("refuses a chunk of another shape than its place has", async () => {
    const encoding: ArrayEncoding = {
      dtype: "int8",
      grid: { shape: [3], chunkShape: [2] },
      fill: 0,
      codecs: [little],
    };
    await expect(coder.encode(encoding, [1], { shape: [2], values: new Int8Array(2) })).rejects.toMatchObject(
      { code: "internal" },
    );
  });
});
