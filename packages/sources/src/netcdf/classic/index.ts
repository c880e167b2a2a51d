export type { ClassicContext } from "./classic-source.ts";
export { isClassic } from "./header.ts";
export { openClassic } from "./open-classic.ts";
