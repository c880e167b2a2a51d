import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeData } from "../../examples/quickstart/make-data.ts";
import { QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "packages/gateway/bin/zarr-gateway.js");
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const pluginGuide = await readFile(join(ROOT, "docs/plugins.md"), "utf8");
const scripts = (JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { scripts: object })
  .scripts; // our own file

/** Texts of a page's code blocks of one language, in order. */
function blocks(language: string, page = readme): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...page.matchAll(pattern)].map((match) => match[1] ?? "");
}

let folder: string;
let gateway: RunningGateway;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "readme-"));
  await makeData(QUICKSTART);
  gateway = await startGateway("serve", QUICKSTART);
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the README", () => {
  it("names only npm commands that exist", () => {
    const commands = blocks("sh").flatMap((block) =>
      [...block.matchAll(/^npm (?:run )?(\w+)/gm)].map((match) => match[1]),
    );
    expect(commands).toEqual(["start", "test", "check", "bench"]);
    for (const command of commands) expect(scripts).toHaveProperty(command ?? "");
  });

  it("inspects a file as its command does", async () => {
    const command = blocks("sh")
      .join("")
      .match(/npx zarr-gateway (inspect) /)?.[1];
    const { stdout } = await run(process.execPath, [PROGRAM, command ?? "", join(QUICKSTART, "surface.nc")]);
    expect(stdout).toContain("float32");
  }, 60_000);

  it("opens its Python sample", async (context) => {
    const python = join(ROOT, ".venv/bin/python");
    const sample = blocks("python")[0] ?? "";
    const url = /http:\/\/127\.0\.0\.1:9000/;
    expect(sample).toMatch(url);
    const ids = (await (await fetch(`${gateway.url}/datasets`)).json()) as string[]; // names alone
    expect(ids).toContain(/datasets\/([^/"]+)\.zarr/.exec(sample)?.[1]);
    try {
      await run(python, ["--version"]);
    } catch {
      context.skip("no .venv: node scripts/setup.mjs --python");
    }
    const { stdout } = await run(python, ["-c", `${sample.replace(url, gateway.url)}\nprint(ds)`]);
    expect(stdout).toContain("<xarray.Dataset>");
  }, 120_000);

  it("has a plugin and a configuration that work", async () => {
    await writeFile(join(folder, "shapes.ts"), blocks("ts")[0] ?? "");
    await writeFile(join(folder, "count.ts"), blocks("ts", pluginGuide)[0] ?? "");
    const data = QUICKSTART;
    const configuration = (blocks("yaml")[0] ?? "")
      .replace("data/air.nc", join(data, "surface.nc"))
      .replace("data/cmip6", data)
      .replace("plugins: {", "plugins: { ./shapes.ts: {}, ./count.ts: {},");
    await writeFile(join(folder, "gateway.yaml"), configuration);
    const other = await startGateway("serve", "-c", join(folder, "gateway.yaml"));
    try {
      const shapes = (await (await fetch(`${other.url}/datasets/air/shapes`)).json()) as { shapes: object }; // what the sample answers
      expect(Object.keys(shapes.shapes)).toContain("time");
      const count = await (await fetch(`${other.url}/datasets/air/count`)).json();
      expect(count).toEqual({ variables: Object.keys(shapes.shapes).length });
      expect(await (await fetch(`${other.url}/datasets/air/`)).text()).toContain("Air temperature");
      expect(await (await fetch(`${other.url}/`)).text()).toContain("Climate archive");
    } finally {
      expect(await other.stop()).toBe(0);
    }
  }, 120_000);
});
