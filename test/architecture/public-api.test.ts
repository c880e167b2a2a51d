import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./workspace.ts";

/** What a package exports at run time; a name that appears or leaves must be meant. */
const entries = globSync("packages/*/src/index.ts", { cwd: ROOT }).sort();

describe("public names", () => {
  it.each(entries)("of %s are those of the snapshot", async (entry) => {
    const names = Object.keys((await import(join(ROOT, entry))) as Record<string, unknown>).sort(); // a module namespace
    await expect(names.join("\n")).toMatchFileSnapshot(`./public-api/${entry.split("/")[1] ?? ""}.txt`);
  });
});
