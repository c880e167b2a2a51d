import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "@zarr-gateway/jobs";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KnownWorkflow } from "../execution/known-workflow.ts";
import type { Catalogs } from "../execution/leased-datasets.ts";
import { RunHarness } from "../testing/run-harness.ts";
import { discoverWorkflows } from "./discover.ts";
import { Examiner } from "./examiner.ts";
import { exposureOf } from "./exposure.ts";
import { WorkflowCatalog } from "./workflow-catalog.ts";

const PLUGIN = join(import.meta.dirname, "../../../../packages/plugin/src/index.ts");
const ZOD = join(import.meta.dirname, "../../../../node_modules/zod/index.js");

function source(name: string, more = ""): string {
  return `import { defineWorkflow } from ${JSON.stringify(PLUGIN)};
import { z } from ${JSON.stringify(ZOD)};
export default defineWorkflow({
  name: ${JSON.stringify(name)}, description: "of a test",
  config: z.object({ factor: z.number().default(2) }),
  parameters: z.object({ count: z.int().default(1) }).refine(({ count }) => count !== 13, { path: ["count"], error: "13 is no count" }),
  check({ parameters, config }) { if (parameters.count > config.factor) throw new Error("count: more than " + config.factor); },
  run: async () => {}, ${more}
});`;
}

const FILES: Readonly<Record<string, string>> = {
  "a-good.ts": source("good", "timeoutMs: 5000, maxAttempts: 2"),
  "b-second.mjs": source("good"),
  "c-reserved.ts": source("workflows"),
  "d-shipped.ts": source("deterministic_workflow"),
  "e-syntax.ts": "export default {{{",
  "f-throws.ts": 'throw new Error("at import");',
  "g-exits.ts": "process.exit(3);",
  "h-empty.js": "export const nothing = 1;",
  "i-after.ts": source("after"),
  "j-python.py": "import this",
  "k.test.ts": "export default 1;",
  "_private.ts": "export default 1;",
  "notes.txt": "no workflow",
};

let folder: TemporaryFolder;
let harness: RunHarness;
let examiner: Examiner;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder.path, name), text);
  harness = await RunHarness.create({ folder: folder.path, graceMs: 200, directories: [folder.path] });
  examiner = new Examiner(harness.pool, "javascript");
});
afterAll(async () => {
  examiner.close();
  await harness.close();
  await folder[Symbol.asyncDispose]();
});

const catalogs: Catalogs = { datasets: { lease: () => Promise.reject(new Error("none")) } };

async function discovered(
  configs: Readonly<Record<string, Json>> = {},
  directories: readonly string[] = [folder.path],
  expose: readonly string[] = ["*"],
): Promise<{ readonly catalog: WorkflowCatalog; readonly known: readonly KnownWorkflow[] }> {
  const catalog = new WorkflowCatalog(exposureOf(expose));
  const known = await discoverWorkflows({
    directories,
    shipped: { catalogs, configs, forecasts: ["jets"], timeoutMs: 60_000 },
    catalog,
    examinerOf: (language) => (language === "javascript" ? examiner : undefined),
    log: { warn: () => undefined },
  });
  return { catalog, known };
}

describe("workflows in folders", { timeout: 120_000 }, () => {
  it("are found beside those that are shipped, and a file that gives none says why", async () => {
    const { catalog, known } = await discovered();
    expect(known.map(({ name }) => name)).toEqual([
      ...["deterministic_earth2_workflow", "deterministic_workflow", "diagnostic_workflow"],
      ...["ensemble_workflow", "example_user_workflow", "good", "after"],
    ]);
    expect(known.find(({ name }) => name === "good")).toMatchObject({ timeoutMs: 5000, maxAttempts: 2 });
    const failed = catalog
      .list()
      .flatMap(({ name, state }) => (state.state === "failed" ? [[name, state.reason]] : []));
    expect(Object.fromEntries(failed)).toEqual({
      "b-second": 'another workflow has the name "good" already',
      "c-reserved": 'the name "workflows" is taken',
      "d-shipped": 'another workflow has the name "deterministic_workflow" already',
      "e-syntax": expect.stringMatching(/expected|unexpected/i) as unknown,
      "f-throws": "at import",
      "g-exits": "the workflow's process ended with code 3",
      "h-empty": expect.stringContaining("the default export must be defineWorkflow") as unknown,
      "j-python": expect.stringContaining("workflows.python") as unknown,
    });
    expect(JSON.stringify(failed)).not.toContain(folder.path);
  });

  it("check their parameters where they lie, with their configuration", async () => {
    const { known } = await discovered({ after: { factor: 5 } });
    const after = known.find(({ name }) => name === "after");
    await after?.check({ count: 5 }, {});
    await expect(after?.check({ count: 6 }, {})).rejects.toMatchObject({
      code: "invalid_request",
      message: "count: more than 5",
    });
    await expect(after?.check({ count: 13 }, {})).rejects.toMatchObject({
      message: "count: 13 is no count",
      details: { problems: [{ path: "count", message: "13 is no count" }] },
    });
  });

  it("whose configuration does not fit fail with the key, and unknown names are refused", async () => {
    const { catalog } = await discovered({ after: { faktor: 1 } });
    expect(catalog.get("after")?.state).toEqual({
      state: "failed",
      reason: expect.stringContaining("workflows.after") as unknown,
    });
    await expect(discovered({ deterministic_workflow: { forecats: "x" } }, [])).rejects.toThrow(
      'workflows.deterministic_workflow: Unrecognized key: "forecats"',
    );
    await expect(discovered({ determinstic_workflow: {} }, [])).rejects.toThrow(
      'did you mean "deterministic_workflow"?',
    );
  });
});

describe("which workflows can be asked for", () => {
  it("is said by patterns; the one that warms up answers and is in no list", async () => {
    const { catalog } = await discovered({}, [], ["deterministic_*", "ensemble_workflow"]);
    expect(catalog.list().map(({ name, isListed }) => `${name} ${isListed}`)).toEqual([
      "deterministic_earth2_workflow true",
      "deterministic_workflow true",
      "ensemble_workflow true",
      "example_user_workflow false",
    ]);
    expect(catalog.isHidden("diagnostic_workflow")).toBe(true);
    expect(catalog.get("diagnostic_workflow")).toBeUndefined();
    expect(catalog.isHidden("nobody")).toBe(false);
    const all = await discovered({}, [], ["*"]);
    expect(all.catalog.get("example_user_workflow")?.isListed).toBe(false);
    expect(
      (await discovered({}, [], ["example_user_workflow"])).catalog.get("example_user_workflow")?.isListed,
    ).toBe(true);
  });

  it("tells how they are, and forgets after a while that a setup failed", async () => {
    const { catalog } = await discovered({}, []);
    catalog.noteState("ensemble_workflow", new Error("no model"));
    expect(catalog.get("ensemble_workflow")?.state).toEqual({ state: "failed", reason: "no model" });
    catalog.noteState("ensemble_workflow", "ready");
    expect(catalog.get("ensemble_workflow")?.state).toEqual({ state: "ready" });
  });
});
