import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepProgress } from "@zarr-gateway/jobs";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PYTHON } from "../testing/python.ts";
import { RunHarness } from "../testing/run-harness.ts";

let folder: TemporaryFolder;
let harness: RunHarness;
beforeAll(async () => {
  folder = await temporaryFolder();
  harness = await RunHarness.create({ folder: folder.path, python: PYTHON });
});
afterAll(async () => {
  await harness.close();
  await folder[Symbol.asyncDispose]();
});

/** Everything that a client could read of a run that failed. */
async function toldBy(asked: Omit<Parameters<RunHarness["run"]>[0], "onProgress">): Promise<string> {
  const news: StepProgress[] = [];
  const failure: unknown = await harness
    .run({ ...asked, onProgress: (one) => news.push(one) })
    .catch((one: unknown) => one);
  if (!(failure instanceof Error)) throw new Error("it did not fail");
  return [failure.message, ...harness.lines, JSON.stringify(news), ...harness.states].join("\n");
}

function expectNoPath(told: string): void {
  for (const path of [tmpdir(), folder.path, import.meta.dirname, join(import.meta.dirname, "../testing")])
    expect(told).not.toContain(path);
  expect(told).not.toMatch(/\/(?:home|root|usr|work|opt|srv|tmp)\//);
}

describe("where a workflow runs", { timeout: 60_000 }, () => {
  it("is in nothing that clients read of JavaScript: what lies in its results is named as there", async () => {
    const told = await toldBy({ file: "misbehaving.ts", parameters: { how: "tells-where-it-is" } });
    expect(told.split("\n")[0]).toBe("ENOENT: no such file or directory, open 'missing/d'");
    expect(told).toContain("writes a\n");
    expect(told).toContain("works in tmp\n");
    expect(told).toContain('"message":"At b"');
    expect(told).toContain('"place":["."]');
    expect(told).toContain('"metadata":{"place":"c"}');
    expectNoPath(told);
    const thrown = await toldBy({ file: "misbehaving.ts", parameters: { how: "throws" } });
    expect(thrown).toMatch(/at Object\.run \(misbehaving\.ts:\d+:\d+\)/);
    expectNoPath(thrown);
  });

  it("is not in the reason why it could not be set up, nor in its stack", async () => {
    const told = await toldBy({ file: "./misbehaving.ts", parameters: {}, config: { setup: "tells" } });
    expect(told).toContain("no model in models");
    expect(told).toMatch(/at Object\.setup \(misbehaving\.ts:\d+:\d+\)/);
    expectNoPath(told);
    const none = await toldBy({ file: "no-such-file.ts", parameters: {} });
    expect(none).toContain("Cannot find module 'no-such-file.ts'");
    expectNoPath(none);
  });

  it.skipIf(!existsSync(PYTHON))(
    "is in nothing that clients read of Python, tracebacks included",
    async () => {
      const told = await toldBy({
        file: "earth2_style.py",
        name: "slow_python",
        parameters: { how: "tells" },
      });
      expect(told.split("\n")[0]).toBe("[Errno 2] No such file or directory: 'missing/d'");
      expect(told).toContain("works in tmp\n");
      expect(told).toMatch(/File "earth2_style\.py", line \d+, in run/);
      expectNoPath(told);
    },
  );

  it("is not in what fails beside it, such as a folder of results that cannot be made", async () => {
    const [file = ""] = (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".test.ts"));
    const own = await RunHarness.create({ folder: join(import.meta.dirname, file) });
    const failing = own.run({ file: "misbehaving.ts", parameters: {} });
    await expect(failing).rejects.toMatchObject({
      code: "internal",
      message: "ENOTDIR: not a directory, mkdir 'results/job-1/attempt-1'",
    });
    await own.close();
  });
});
