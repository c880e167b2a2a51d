export * from "./admitted-summaries.ts";
export * from "./batch-texts.ts";
export * from "./descriptions.ts";
export * from "./openers.ts";
export * from "./operation.ts";
export * from "./pictures.ts";
export * from "./plugin.ts";
export * from "./structured-data.ts";
