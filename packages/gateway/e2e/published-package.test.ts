import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeData } from "../../../examples/quickstart/make-data.ts";
import { ProgramProcess, QUICKSTART, ROOT } from "./program-process.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 }); // installs from the registry

let folder: string;
let program: ProgramProcess;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "package-"));
  await makeData(QUICKSTART);
  const tarball = join(folder, "zarr-gateway.tgz");
  execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), "--pack", tarball]);
  writeFileSync(join(folder, "package.json"), "{}");
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
  writeFileSync(join(folder, "plugin.ts"), PLUGIN);
  writeFileSync(
    join(folder, "gateway.yaml"),
    `folders: [{ path: ${QUICKSTART} }]\nplugins: { ./plugin.ts: {} }\n`,
  );
  const bin = join(folder, "node_modules/zarr-gateway/bin/zarr-gateway.js");
  program = new ProgramProcess(
    ["serve", "-c", "gateway.yaml", "--port", "0"],
    [process.execPath, bin],
    folder,
  );
  url = await program.url();
});
afterAll(async () => {
  await program?.stop();
  rmSync(folder, { recursive: true });
});

const PLUGIN = `
import { datasetRoutes, definePlugin, z } from "zarr-gateway/plugin";
export default definePlugin({
  name: "count",
  prefix: "count",
  options: z.strictObject({}),
  setup() {
    const routes = datasetRoutes();
    routes.get("/", (c) => c.text(String(c.var.dataset.variables.size)));
    return { datasetRoutes: routes };
  },
});
`;

describe("the npm package, installed into an empty folder", () => {
  it("serves metadata and chunks of every source", async () => {
    expect(await (await fetch(`${url}/datasets`)).json()).toEqual(["surface", "temperature", "wind"]);
    for (const path of [
      "wind.zarr/u/c/0/0/0/0",
      "temperature.zarr/temperature/c/0/0/0/0",
      "surface.zarr/lat/c/0",
    ]) {
      const response = await fetch(`${url}/datasets/${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });
  it("runs work on other threads: their modules lie beside the bundle", async () => {
    const response = await fetch(`${url}/datasets/surface@none.zarr/zarr.json`);
    expect(response.status).toBe(404);
    const thread = readFileSync(join(folder, "node_modules/zarr-gateway/dist/worker-thread.js"), "utf8");
    expect(thread).toContain("parentPort");
  });
  it("loads a plugin that imports zarr-gateway/plugin", async () => {
    expect(await (await fetch(`${url}/datasets/surface/count`)).text()).toBe("5");
  });
  it("depends on nothing of the workspace", () => {
    const text = readFileSync(join(folder, "node_modules/zarr-gateway/package.json"), "utf8");
    const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> }; // what build.ts wrote
    expect(Object.keys(dependencies).filter((name) => name.startsWith("@zarr-gateway/"))).toEqual([]);
    expect(Object.values(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
