export * from "./blosc-frame.ts";
export * from "./chunk-coder.ts";
export { jenkinsLookup3 } from "./codec/checksum-functions.ts";
export * from "./codec.ts";
export { type ChunkCoderOptions, createChunkCoder } from "./create-chunk-coder.ts";
export * from "./filled-chunk.ts";
export * from "./metadata/index.ts";
export { isCodecKnown } from "./registry.ts";
export * from "./shard-index.ts";
