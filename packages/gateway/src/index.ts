export * from "./configuration/index.ts";
export { createProgram, type Program } from "./program.ts";
