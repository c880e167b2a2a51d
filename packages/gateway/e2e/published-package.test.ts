import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
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
  writeFileSync(join(folder, "gateway.yaml"), CONFIGURATION);
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

const CONFIGURATION = `
folders: [{ path: ${QUICKSTART} }]
datasets: { rechunked: { location: ${QUICKSTART}/wind.zarr, chunks: { time: 20, level: 6 } } }
plugins: { ./plugin.ts: {} }
`;

describe("the npm package, installed into an empty folder", () => {
  it("serves metadata and chunks of every source", async () => {
    expect(await (await fetch(`${url}/datasets`)).json()).toEqual([
      "rechunked",
      "surface",
      "temperature",
      "wind",
    ]);
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
  it("encodes large chunks on other threads, whose modules lie beside the bundle", async () => {
    const response = await fetch(`${url}/datasets/rechunked.zarr/u/c/0/0/0/0`);
    expect(response.status).toBe(200);
    const values = new Float32Array(zstdDecompressSync(await response.arrayBuffer()).buffer);
    expect(values.length).toBe(20 * 6 * 36 * 72);
    expect(readdirSync(join(folder, "node_modules/zarr-gateway/dist"))).toContain("worker-thread.js");
  });
  it("has what Python runs of it, as it is in the sources", () => {
    const files = (path: string) =>
      readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py"));
    const source = join(import.meta.dirname, "../../../plugins/workflows/src/python/python-bridge");
    const packed = join(folder, "node_modules/zarr-gateway/dist/python-bridge");
    expect(files(packed).sort()).toEqual(files(source).sort());
    for (const file of files(source))
      expect(readFileSync(join(packed, file), "utf8")).toBe(readFileSync(join(source, file), "utf8"));
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
