/**
 * URL of a module that lies beside the calling one: `./name.ts` in a clone, `./name.js` in the built package,
 * where every worker module is an entry point of its own.
 */
export function siblingModule(importMetaUrl: string, name: string): URL {
  return new URL(`./${name}${importMetaUrl.endsWith(".ts") ? ".ts" : ".js"}`, importMetaUrl);
}
