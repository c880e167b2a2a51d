export * from "./byte-cache.ts";
export * from "./call-options.ts";
export * from "./errors.ts";
export * from "./json.ts";
export * from "./limiter.ts";
export * from "./sibling-module.ts";
export * from "./single-flight.ts";
export * from "./worker-pool.ts";
