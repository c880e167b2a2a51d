export * from "./chunk-coder.ts";
export * from "./codec.ts";
export { type ChunkCoderOptions, createChunkCoder } from "./create-chunk-coder.ts";
export { isCodecKnown } from "./registry.ts";
export * from "./shard-index.ts";
