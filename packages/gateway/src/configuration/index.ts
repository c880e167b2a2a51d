export * from "./environment.ts";
export { configurationJsonSchema } from "./json-schema.ts";
export * from "./load.ts";
export * from "./problem.ts";
export type { Configuration, DatasetConfiguration, FolderConfiguration } from "./schema.ts";
