import { deflateSync, zstdCompressSync } from "node:zlib";
import type { CodecSpec } from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bloscFrameOf } from "./blosc-frame.ts";
import { fletcher32 } from "./codec/checksum-functions.ts";

/** c-blosc itself, compiled to WebAssembly: the judge. Its package has no types that resolve. */
const judge: unknown = await import("numcodecs/blosc");
const { default: Blosc } = judge as {
  default: new () => { decode(bytes: Uint8Array): Promise<Uint8Array> };
}; // what the package's README shows

const BYTES: CodecSpec = { name: "bytes", configuration: { endian: "little" } };
const ZLIB: CodecSpec = { name: "numcodecs.zlib", configuration: { level: 4 } };
const SHUFFLE: CodecSpec = { name: "numcodecs.shuffle", configuration: { elementsize: 4 } };

/** As HDF5 does it: the first bytes of all elements, then the second ones, … */
function shuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = bytes.length / size;
  return bytes.map((_, at) => bytes[(at % count) * size + Math.floor(at / count)] ?? 0);
}

function frameOf(codecs: readonly CodecSpec[], count: number) {
  const frame = bloscFrameOf(codecs, "float32", { shape: [count], chunkShape: [count] });
  if (!frame) throw new Error("no frame");
  return frame;
}

async function decoded(codecs: readonly CodecSpec[], stored: Uint8Array, count: number): Promise<Uint8Array> {
  const frame = frameOf(codecs, count);
  const body = await frame.body(stored);
  expect(body.length).toBe(stored.length);
  return await new Blosc().decode(Buffer.concat([frame.prefix(stored.length), body]));
}

const chunks = fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes) => {
  const whole = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  whole.set(bytes);
  return whole;
});

describe("bloscFrameOf", () => {
  it("checks and leaves out the Fletcher-32 checksum at the end, and refuses damage", async () => {
    const checksum: CodecSpec = { name: "numcodecs.fletcher32", configuration: {} };
    const packed = deflateSync(
      shuffled(
        Uint8Array.from({ length: 40 }, (_, at) => at),
        4,
      ),
    );
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(fletcher32(packed));
    const frame = frameOf([BYTES, SHUFFLE, ZLIB, checksum], 10);
    const plain = frameOf([BYTES, SHUFFLE, ZLIB], 10);
    expect([frame.trailerBytes, plain.trailerBytes, frame.codecs]).toEqual([4, 0, plain.codecs]);
    expect(Buffer.from(await frame.body(Buffer.concat([packed, sum])))).toEqual(packed);
    for (const damaged of [Buffer.concat([packed, Buffer.alloc(4)]), Buffer.alloc(3)]) {
      await expect(async () => frame.body(damaged)).rejects.toMatchObject({ code: "upstream" });
    }
  });

  it("makes shuffled and deflated chunks readable by Blosc", async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (chunk) => {
        const stored = deflateSync(shuffled(chunk, 4));
        expect(await decoded([BYTES, SHUFFLE, ZLIB], stored, chunk.length / 4)).toEqual(chunk);
      }),
    );
  });

  it("makes deflated and zstd chunks readable by Blosc", async () => {
    const chunk = new Uint8Array(4000).fill(7);
    const zstd = { name: "zstd", configuration: { level: 3 } };
    expect(await decoded([BYTES, ZLIB], deflateSync(chunk), 1000)).toEqual(chunk);
    expect(await decoded([BYTES, SHUFFLE, zstd], zstdCompressSync(shuffled(chunk, 4)), 1000)).toEqual(chunk);
  });

  it("lets Blosc copy chunks whose compressor was skipped", async () => {
    const chunk = Uint8Array.from({ length: 400 }, (_, at) => at);
    expect(await decoded([BYTES, SHUFFLE, ZLIB], shuffled(chunk, 4), 100)).toEqual(chunk);
  });

  it("makes chunks that are shuffled or checked alone readable by Blosc", async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (chunk) => {
        expect(await decoded([BYTES, SHUFFLE], shuffled(chunk, 4), chunk.length / 4)).toEqual(chunk);
      }),
    );
    const chunk = Uint8Array.from({ length: 400 }, (_, at) => at);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(fletcher32(chunk));
    const frame = frameOf([BYTES, { name: "numcodecs.fletcher32", configuration: {} }], 100);
    const body = await frame.body(Buffer.concat([chunk, sum]));
    expect(await new Blosc().decode(Buffer.concat([frame.prefix(400), body]))).toEqual(chunk);
    await expect(frameOf([BYTES, SHUFFLE], 100).body(chunk.subarray(4))).rejects.toThrow("expected 400");
  });

  it("decompresses a chunk that is by chance as long as a decoded one", async () => {
    const random = fc.sample(fc.uint8Array({ minLength: 64, maxLength: 64 }), { numRuns: 1, seed: 1 })[0];
    const chunk = new Uint8Array(64);
    for (let repeated = 0; repeated < 64; repeated += 1) {
      chunk.set(random ?? []);
      chunk.fill(1, 0, repeated);
      if (deflateSync(chunk).length === 64) break;
    }
    const stored = deflateSync(chunk);
    expect(stored.length).toBe(64);
    expect(await decoded([BYTES, ZLIB], stored, 16)).toEqual(chunk);
  });

  it("describes the codec that it makes", () => {
    expect(frameOf([BYTES, SHUFFLE, ZLIB], 8).codecs).toEqual([
      BYTES,
      {
        name: "blosc",
        configuration: { cname: "zlib", clevel: 4, shuffle: "shuffle", typesize: 4, blocksize: 0 },
      },
    ]);
  });

  it.each([
    ["text", [{ name: "vlen-utf8", configuration: {} }, ZLIB]],
    ["zstd alone, which needs none", [BYTES, { name: "zstd", configuration: { level: 3 } }]],
    ["no compressor", [BYTES]],
    ["two compressors", [BYTES, ZLIB, ZLIB]],
    ["elements of more than 255 bytes", [BYTES, { ...SHUFFLE, configuration: { elementsize: 256 } }, ZLIB]],
    ["values that a filter has made", [{ name: "numcodecs.astype", configuration: {} }, BYTES, ZLIB]],
    ["shards", [{ name: "sharding_indexed", configuration: {} }]],
  ])("knows no frame for %s", (_name, codecs) => {
    expect(bloscFrameOf(codecs, "float32", { shape: [8], chunkShape: [8] })).toBeUndefined();
  });

  it("keeps a change of the order of dimensions, which keeps all bytes", () => {
    const transpose = { name: "transpose", configuration: { order: [0] } };
    expect(frameOf([transpose, BYTES, ZLIB], 8).codecs.slice(0, 2)).toEqual([transpose, BYTES]);
  });

  it("knows no frame for chunks larger than a block of Blosc", () => {
    const grid = { shape: [2 ** 40], chunkShape: [2 ** 28] };
    expect(bloscFrameOf([BYTES, SHUFFLE, ZLIB], "float32", grid)).toBeUndefined();
  });
});
