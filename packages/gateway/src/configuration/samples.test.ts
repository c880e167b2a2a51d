import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfiguration } from "./load.ts";

const root = join(import.meta.dirname, "../../../..");

it.each(globSync(["configs/*.yaml", "examples/*/gateway.yaml"], { cwd: root }))("%s parses", (path) => {
  const text = readFileSync(join(root, path), "utf8");
  // secrets have no default
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
  const environment: Record<string, string> = Object.fromEntries(names.map((name) => [name, "secret"]));
  const { configuration } = parseConfiguration(text, join(root, path), environment);
  const { datasets, folders, workflows } = configuration;
  expect(
    Object.keys(datasets).length + folders.length + (workflows?.directories.length ?? 0),
  ).toBeGreaterThan(0);
});
