import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generatedFiles } from "./generated-files.ts";

const root = join(import.meta.dirname, "../../..");

it.each(Object.entries(await generatedFiles()))(
  "%s is what `node scripts/generate.ts` writes",
  (path, text) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  },
);
