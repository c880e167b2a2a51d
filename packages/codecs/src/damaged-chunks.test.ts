import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { ArrayEncoding, CodecSpec, DataType } from "@zarr-gateway/dataset";
import { isGatewayError } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChunkCoder } from "./create-chunk-coder.ts";

const coder = createChunkCoder();
const codec = (name: string, configuration: Record<string, unknown> = {}): CodecSpec => ({
  name,
  configuration,
});
const little = codec("bytes", { endian: "little" });
const blosc = (cname: string, shuffle: string) => codec("blosc", { cname, clevel: 5, shuffle, blocksize: 0 });
const sharded = codec("sharding_indexed", {
  chunk_shape: [50],
  codecs: [little, codec("zstd")],
  index_codecs: [little, codec("crc32c")],
});

function encodingOf(codecs: readonly CodecSpec[], dtype: DataType = "int16", length = 400): ArrayEncoding {
  return { dtype, grid: { shape: [length], chunkShape: [length] }, fill: null, codecs };
}

const CHAINS: readonly (readonly [string, readonly CodecSpec[]])[] = [
  ["gzip", [little, codec("gzip")]],
  ["zstd", [little, codec("zstd", { checksum: true })]],
  ["zlib", [little, codec("numcodecs.zlib")]],
  ["lz4", [little, codec("numcodecs.lz4")]],
  ["sharding", [sharded]],
  ["strings", [codec("vlen-utf8")]],
  ...["blosclz", "lz4", "zlib", "zstd"].map(
    (name) => [`blosc ${name}`, [little, blosc(name, "shuffle")]] as const,
  ),
  ["bitshuffle", [little, blosc("lz4", "bitshuffle")]],
];

describe.each(CHAINS)("damaged bytes of %s", (name, codecs) => {
  it("are an error of the source or other values, never anything else", async () => {
    const isText = name === "strings";
    const encoding = encodingOf(codecs, isText ? "string" : "int16");
    const values = isText
      ? Array.from({ length: 400 }, (_, at) => `name ${at}`)
      : Int16Array.from({ length: 400 }, (_, at) => (at * at) % 300);
    const bytes = await coder.encodeAlways(encoding, [0], { shape: [400], values });
    const damages = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(damages, fc.nat(bytes.length), async (changes, length) => {
        const damaged = new Uint8Array(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const cut = length % 3 === 0 ? damaged.subarray(0, length) : damaged;
        const outcome = await coder.decode(encoding, [0], cut).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(isGatewayError(outcome) && ["upstream", "unsupported"].includes(outcome.code)).toBe(true);
        } else {
          expect(outcome).toMatchObject({ shape: [400], values: { length: 400 } });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("decompression bombs", () => {
  const zeros = new Uint8Array(64 * 1024 * 1024);
  it.each([
    ["gzip", codec("gzip"), gzipSync(zeros)],
    ["zlib", codec("numcodecs.zlib"), deflateSync(zeros)],
    ["zstd", codec("zstd"), zstdCompressSync(zeros)],
  ] as const)("of %s are stopped at the size of the chunk", async (_, compressor, bomb) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(coder.decode(encodingOf([little, compressor]), [0], bomb)).rejects.toMatchObject({
      code: "upstream",
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
  it("cannot hide behind a second compressor", async () => {
    const bomb = zstdCompressSync(gzipSync(zeros));
    await expect(
      coder.decode(encodingOf([little, codec("gzip"), codec("zstd")]), [0], bomb),
    ).rejects.toMatchObject({ code: "upstream" });
  });
  it("are stopped where a header lies about its size", async () => {
    const frame = new Uint8Array(64);
    new DataView(frame.buffer).setUint32(0, 0xfffffff0, true);
    await expect(
      coder.decode(encodingOf([little, codec("numcodecs.lz4")]), [0], frame),
    ).rejects.toMatchObject({ code: "upstream" });
    frame.set([2, 1, 0x21, 2, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 64, 0, 0, 0]);
    await expect(coder.decode(encodingOf([little, codec("blosc")]), [0], frame)).rejects.toMatchObject({
      code: "upstream",
    });
  });
  it("do not allocate by the shape that metadata declare", async () => {
    const huge = encodingOf([little, codec("zstd")], "float64", 2 ** 40);
    await expect(coder.decode(huge, [0], new Uint8Array(9))).rejects.toMatchObject({ code: "unsupported" });
    const large = encodingOf([little, codec("zstd")], "float64", 2 ** 26);
    const before = process.memoryUsage().arrayBuffers;
    await expect(coder.decode(large, [0], zstdCompressSync(new Uint8Array(100)))).rejects.toMatchObject({
      code: "upstream",
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
  it("of strings are stopped", async () => {
    const lie = Buffer.alloc(8);
    lie.writeUInt32LE(400, 0);
    await expect(coder.decode(encodingOf([codec("vlen-utf8")], "string"), [0], lie)).rejects.toMatchObject({
      code: "upstream",
    });
  });
});

describe("checksums", () => {
  it.each([
    "crc32c",
    "numcodecs.crc32",
    "numcodecs.adler32",
    "numcodecs.fletcher32",
    "numcodecs.jenkins_lookup3",
  ])("of %s find every changed byte", async (name) => {
    const encoding = encodingOf([little, codec(name)], "uint8", 41);
    const values = Uint8Array.from({ length: 41 }, (_, at) => at * 5 + 1);
    const bytes = await coder.encodeAlways(encoding, [0], { shape: [41], values });
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Uint8Array.from(bytes, (value, position) => (position === at ? value ^ 4 : value));
      await expect(coder.decode(encoding, [0], damaged)).rejects.toMatchObject({ code: "upstream" });
    }
  });
});

describe("malformed chains", () => {
  it.each([
    ["no codec that gives bytes", [codec("zstd")], "upstream"],
    ["a compressor in front", [codec("zstd"), little], "upstream"],
    ["two serializers", [little, little], "upstream"],
    ["a wrong order of dimensions", [codec("transpose", { order: [1] }), little], "upstream"],
    ["an unknown codec", [little, codec("numcodecs.zfpy")], "unsupported"],
    ["a level that does not exist", [little, codec("gzip", { level: 77 })], "upstream"],
    ["an unknown Blosc compressor", [little, codec("blosc", { cname: "magic" })], "unsupported"],
    [
      "inner chunks that do not fill the shard",
      [codec("sharding_indexed", { chunk_shape: [3], codecs: [little], index_codecs: [little] })],
      "upstream",
    ],
    [
      "a compressed shard index",
      [
        codec("sharding_indexed", {
          chunk_shape: [50],
          codecs: [little],
          index_codecs: [little, codec("gzip")],
        }),
      ],
      "upstream",
    ],
    ["a filter that is not for this type", [codec("numcodecs.packbits"), little], "upstream"],
  ] as const)("with %s are refused", async (_, codecs, code) => {
    await expect(coder.decode(encodingOf(codecs), [0], new Uint8Array(800))).rejects.toMatchObject({ code });
  });
  it("accept numbers as bigint, as the JSON reader gives integers", async () => {
    const encoding = encodingOf([
      codec("transpose", { order: [0n] }),
      little,
      codec("zstd", { level: 3n }),
      blosc("lz4", "shuffle"),
    ]);
    const values = new Int16Array(400);
    const bytes = await coder.encodeAlways(encoding, [0], { shape: [400], values });
    expect((await coder.decode(encoding, [0], bytes)).values).toEqual(values);
  });
});
