import type { CreateCodec } from "./codec.ts";

/** How much work a codec is: `free` copies nothing, `cheap` runs at about 1 GB/s, `slow` compresses. */
export type CodecCost = "free" | "cheap" | "slow";

interface CodecEntry {
  readonly cost: CodecCost;
  readonly load: () => Promise<CreateCodec>;
}

const checksum = () => import("./codec/checksum.ts");
const deflate = () => import("./codec/deflate.ts");

/** Each implementation is loaded when an array first needs it. */
const CODECS: ReadonlyMap<string, CodecEntry> = new Map<string, CodecEntry>([
  ["bytes", { cost: "free", load: async () => (await import("./codec/bytes.ts")).createCodec }],
  ["vlen-utf8", { cost: "slow", load: async () => (await import("./codec/vlen-utf8.ts")).createCodec }],
  [
    "sharding_indexed",
    { cost: "slow", load: async () => (await import("./codec/sharding-indexed.ts")).createCodec },
  ],
  ["transpose", { cost: "cheap", load: async () => (await import("./codec/transpose.ts")).createCodec }],
  ["gzip", { cost: "slow", load: async () => (await deflate()).createGzip }],
  ["zstd", { cost: "slow", load: async () => (await import("./codec/zstd.ts")).createCodec }],
  ["blosc", { cost: "slow", load: async () => (await import("./codec/blosc.ts")).createCodec }],
  ["crc32c", { cost: "cheap", load: async () => (await checksum()).createCrc32c }],
  ["numcodecs.zlib", { cost: "slow", load: async () => (await deflate()).createZlib }],
  ["numcodecs.lz4", { cost: "slow", load: async () => (await import("./codec/lz4.ts")).createCodec }],
  [
    "numcodecs.shuffle",
    { cost: "cheap", load: async () => (await import("./codec/shuffle.ts")).createCodec },
  ],
  ["numcodecs.delta", { cost: "cheap", load: async () => (await import("./codec/delta.ts")).createCodec }],
  [
    "numcodecs.fixedscaleoffset",
    { cost: "cheap", load: async () => (await import("./codec/fixed-scale-offset.ts")).createCodec },
  ],
  [
    "numcodecs.quantize",
    { cost: "cheap", load: async () => (await import("./codec/quantize.ts")).createCodec },
  ],
  [
    "numcodecs.bitround",
    { cost: "cheap", load: async () => (await import("./codec/bit-round.ts")).createCodec },
  ],
  [
    "numcodecs.packbits",
    { cost: "cheap", load: async () => (await import("./codec/pack-bits.ts")).createCodec },
  ],
  ["numcodecs.astype", { cost: "cheap", load: async () => (await import("./codec/as-type.ts")).createCodec }],
  ["numcodecs.crc32", { cost: "cheap", load: async () => (await checksum()).createCrc32 }],
  ["numcodecs.adler32", { cost: "cheap", load: async () => (await checksum()).createAdler32 }],
  ["numcodecs.fletcher32", { cost: "cheap", load: async () => (await checksum()).createFletcher32 }],
  ["numcodecs.jenkins_lookup3", { cost: "cheap", load: async () => (await checksum()).createJenkinsLookup3 }],
]);

/** Codecs of Zarr v3 that numcodecs writes under its own name too. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["numcodecs.gzip", "gzip"],
  ["numcodecs.zstd", "zstd"],
  ["numcodecs.blosc", "blosc"],
  ["numcodecs.crc32c", "crc32c"],
  ["numcodecs.vlen-utf8", "vlen-utf8"],
]);

/** True when chunks of this codec can be read. The name is one of Zarr v3's or `numcodecs.<id>`. */
export function isCodecKnown(name: string): boolean {
  return entryOf(name) !== undefined;
}

/** undefined when the codec is unknown. */
export function codecCost(name: string): CodecCost | undefined {
  return entryOf(name)?.cost;
}

/** undefined when the codec is unknown. */
export async function loadCodec(name: string): Promise<CreateCodec | undefined> {
  return entryOf(name)?.load();
}

function entryOf(name: string): CodecEntry | undefined {
  return CODECS.get(ALIASES.get(name) ?? name);
}
