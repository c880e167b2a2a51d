export * from "./operation.ts";
export * from "./plugin.ts";
