import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { StepProgress } from "@zarr-gateway/jobs";
import { openZarr } from "@zarr-gateway/sources";
import { fileStore } from "@zarr-gateway/stores";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Examiner } from "../catalog/examiner.ts";
import { seedOf } from "../execution/run-step.ts";
import { PYTHON } from "../testing/python.ts";
import { RunHarness } from "../testing/run-harness.ts";

const file = "earth2_style.py";
const place = { file: join(import.meta.dirname, "../testing", file) };

describe.skipIf(!existsSync(PYTHON))("workflows of Earth2Studio in Python", { timeout: 120_000 }, () => {
  let folder: TemporaryFolder;
  let harness: RunHarness;
  beforeAll(async () => {
    folder = await temporaryFolder();
    harness = await RunHarness.create({ folder: folder.path, python: PYTHON, graceMs: 500 });
  });
  afterAll(async () => {
    await harness.close();
    await folder[Symbol.asyncDispose]();
  });

  it("are described with the schemas of pydantic, and check their parameters", async () => {
    const examiner = new Examiner(harness.pool, "python");
    const found = await examiner.describe(place, { field_python: { scall: 2 } });
    expect(found.map(({ name }) => name)).toEqual(["slow_python", "field_python"]);
    expect(found[0]?.schema).toMatchObject({ title: "SlowParameters", additionalProperties: false });
    expect(found[1]?.schema["properties"]).toMatchObject({
      num_steps: { default: 3, minimum: 1, maximum: 1000, title: "Num Steps", type: "integer" },
      start_time: { default: ["2024-01-01T00:00:00"] },
      gap: { default: "PT6H", format: "duration" },
    });
    expect(found[1]?.configProblem).toContain("workflows.field_python: 1 validation error");
    const named = { ...place, name: "slow_python" };
    await examiner.check({ place: named, config: {}, parameters: { nsteps: 3 } }, {});
    const wrong = examiner.check({ place: named, config: {}, parameters: { nsteps: 300 } }, {});
    await expect(wrong).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("nsteps") as unknown,
    });
    examiner.close();
  });

  it("run, tell how far they are, and write into the folder of their results", async () => {
    const news: StepProgress[] = [];
    const ran = await harness.run({
      file,
      name: "slow_python",
      parameters: {},
      onProgress: (one) => news.push(one),
    });
    expect(ran.lines).toContain("printed by Python");
    expect(await readdir(ran.folder)).toEqual(["summary.txt"]);
    expect(await readFile(join(ran.folder, "summary.txt"), "utf8")).toBe(ran.folder.split("/").at(-2));
    expect(news.at(-1)).toMatchObject({
      message: "Begun",
      current: 1,
      total: 2,
      details: { metadata: { note: 1 } },
    });
    const seeded = `import numpy; numpy.random.seed(${seedOf("job-1")}); print(float(numpy.random.random()))`;
    const drawn = Number(execFileSync(PYTHON, ["-c", seeded], { encoding: "utf8" }));
    expect(ran.output.metadata).toMatchObject({
      note: 1,
      drawn,
      has_token: false,
      parameters: { nsteps: 2 },
    });
    await expect(harness.run({ file, name: "slow_python", parameters: { how: "throws" } })).rejects.toThrow(
      "as Python pleases",
    );
    expect(harness.lines.join("\n")).toContain("Traceback");
  });

  it("write Zarr that opens, along lead times", async () => {
    const news: StepProgress[] = [];
    const ran = await harness.run({
      ...{ file, name: "field_python", config: { scale: 2 } },
      parameters: { num_steps: 2, gap: "PT3H" },
      onProgress: (one) => news.push(one),
    });
    expect(news.at(-1)).toMatchObject({ current: 3, total: 3 });
    const dataset = await openZarr(fileStore(join(ran.folder, "results.zarr")), {
      coder: createChunkCoder(),
    });
    const lead = dataset.variables.get("lead_time");
    // as stand-ins write it, or the package itself
    const spellings = [
      [{ units: "hours", dtype: "timedelta64[ns]" }, "int64"],
      [{}, "timedelta64[h]"],
    ];
    expect(spellings).toContainEqual([lead?.attrs, lead?.source.dtype]);
    expect((await lead?.source.read([0]))?.values).toEqual(BigInt64Array.of(0n, 3n, 6n));
    const field = await dataset.variables.get("t2m")?.source.read([0, 2, 0, 0]);
    expect(field?.values).toEqual(new Float32Array(16).fill(4));
    await dataset.close?.();
  });

  it("end when they are cancelled, also where they wait, and their process stays", async () => {
    const own = await RunHarness.create({ folder: folder.path, python: PYTHON, graceMs: 60_000 });
    const cancel = new AbortController();
    const running = own.run({
      ...{ file, name: "slow_python", parameters: { how: "waits" }, signal: cancel.signal },
      onProgress: ({ message }) => message === "Begun" && cancel.abort(new Error("cancelled")),
    });
    await expect(running).rejects.toThrow("cancelled");
    expect(own.pool.size).toBe(1);
    await own.run({ file, name: "slow_python", parameters: {} });
    expect(own.pool.size).toBe(1);
    await own.close();
  });
});
