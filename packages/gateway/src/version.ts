import { readFileSync } from "node:fs";

/** Of the package, from its manifest: one level up both in a clone (src/) and as published (dist/). */
export function programVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string }; // our own manifest
  return version;
}
