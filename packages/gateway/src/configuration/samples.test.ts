import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfiguration } from "./load.ts";

const root = join(import.meta.dirname, "../../../..");

it.each(globSync(["configs/*.yaml", "examples/*/gateway.yaml"], { cwd: root }))("%s parses", (path) => {
  const { configuration } = parseConfiguration(readFileSync(join(root, path), "utf8"), join(root, path), {});
  expect(Object.keys(configuration.datasets).length + configuration.folders.length).toBeGreaterThan(0);
});
