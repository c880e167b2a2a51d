export type { ClassicContext } from "./classic-source.ts";
export { isClassic } from "./header.ts";
export { openClassic } from "./open-classic.ts";
export {
  type ClassicFile,
  type ClassicFileOptions,
  classicFile,
  hasMeasuredTexts,
} from "./write/classic-file.ts";
