import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ProgramProcess, QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { makeData } from "../quickstart/make-data.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // processes start slowly on a busy machine

let program: ProgramProcess;
let url: string;
beforeAll(async () => {
  await makeData(QUICKSTART);
  program = new ProgramProcess(["serve", "-c", join(import.meta.dirname, "gateway.yaml"), "--port", "0"]);
  url = await program.url();
});
afterAll(() => program.stop());

describe("the plugin of the example", () => {
  it("is loaded from its path and answers below every dataset", async () => {
    const response = await fetch(`${url}/datasets/surface/summary/pressure`);
    expect(await response.text()).toBe(
      `Here is air_pressure_at_mean_sea_level, 20 × 36 × 72 values (${url}/datasets/surface/)\n`,
    );
  });
  it("answers 404 with its reason", async () => {
    const response = await fetch(`${url}/datasets/surface/summary/presure`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('surface has no variable \\"presure\\"');
  });
  it("is listed among the plugins and in the API description", async () => {
    const plugins: unknown = await (await fetch(`${url}/plugins`)).json();
    expect(JSON.stringify(plugins)).toContain("./summary.ts");
    const api = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object }; // OpenAPI 3.1
    expect(Object.keys(api.paths).join()).toContain("/summary/{variable}");
  });
  it("has fewer than 40 lines", () => {
    const lines = readFileSync(join(import.meta.dirname, "summary.ts"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(40);
  });
});
