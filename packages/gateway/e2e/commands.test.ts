import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeData } from "../../../examples/quickstart/make-data.ts";
import { BIN, ProgramProcess, QUICKSTART } from "./program-process.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // processes start slowly on a busy machine

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  await makeData(QUICKSTART);
});
afterAll(() => rmSync(folder, { recursive: true }));

function configuration(text: string): string {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(file, text);
  return file;
}
async function run(...words: string[]) {
  const program = new ProgramProcess(words);
  return { code: await program.ended(), stdout: program.stdout, stderr: program.stderr };
}

describe("inspect", () => {
  it("prints groups, variables, chunks, codecs and attributes", async () => {
    const { code, stdout } = await run("inspect", join(QUICKSTART, "wind.zarr"));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /u +float32 +time=20 level=6 lat=36 lon=72 +10×2×36×72 +bytes\(endian=little\), zstd/,
    );
    expect(stdout).toMatch(/title +Idealised atmosphere/);
  });
  it("prints JSON in which integers and floats stay apart", async () => {
    const { stdout } = await run("inspect", "--json", join(QUICKSTART, "temperature.nc"));
    expect(stdout).toMatch(/"_FillValue": -32768,/);
    expect(stdout).toMatch(/"add_offset": 250\.0/);
    expect(JSON.parse(stdout)).toMatchObject({ groups: [{ path: "/", dimensions: { time: 20 } }] });
  });
  it("shows a dataset as a configuration publishes it", async () => {
    const location = join(QUICKSTART, "temperature.nc");
    const file = configuration(`datasets: { t: { location: ${location}, chunks: { time: 5 } } }`);
    const { code, stdout } = await run("inspect", "t", "-c", file, "--json");
    const description = JSON.parse(stdout) as {
      groups: { variables: { name: string; chunks: number[] }[] }[];
    };
    const temperature = description.groups[0]?.variables.find(({ name }) => name === "temperature");
    expect([code, temperature?.chunks[0]]).toEqual([0, 5]);
    expect(await run("inspect", "unknown", "-c", file)).toMatchObject({ code: 1, stdout: "" });
  });
  it("fails in one line for what is not there", async () => {
    expect(await run("inspect", "nothing.nc")).toEqual({
      code: 1,
      stdout: "",
      stderr: "zarr-gateway: nothing.nc: there is no such file or folder\n",
    });
  });
});

describe("check", () => {
  it("opens every dataset", async () => {
    const file = configuration(`folders: [{ path: ${QUICKSTART} }]`);
    expect(await run("check", file)).toMatchObject({
      code: 0,
      stdout: `${file}: 3 datasets, all of them open\n`,
    });
  });
  it("names what cannot be opened, and exits with 1", async () => {
    writeFileSync(join(folder, "broken.nc"), "CDF\x01 and then nothing that makes sense");
    const file = configuration(`
datasets:
  broken: { location: broken.nc }
  missing: { location: missing.nc }
  wind: { location: ${QUICKSTART}/wind.zarr }
`);
    const { code, stdout } = await run("check", file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^broken: cannot be opened: /m);
    expect(stdout).toMatch(/^missing: cannot be opened: /m);
    expect(stdout).toMatch(/3 datasets, 2 cannot be opened$/m);
  });
  it("says where a configuration is wrong", async () => {
    const file = configuration("server:\n  prot: 1\n");
    const { code, stderr } = await run("check", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(`zarr-gateway: ${file}:2:3: server.prot: unknown key; did you mean "port"?`);
  });
});

describe("plugins of a configuration", () => {
  const plugins = (text: string): string => configuration(`plugins:\n  ${text}\n`);
  const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);

  it.each([
    [
      "pagse: {}",
      /:2:3: plugins\.pagse: neither a built-in plugin .* nor an installed package; did you mean "pages"\?/,
    ],
    ["./none.ts: {}", /:2:3: plugins\.\.\/none\.ts: cannot be loaded: /],
    [
      `${fixture("not-a-plugin.ts")}: {}`,
      /the default export must be definePlugin\(.*missing or wrong: prefix, options/,
    ],
    [
      `${fixture("slow-plugin.ts")}: { txt: a }`,
      /:2:\d+: .*txt: unknown key; did you mean "text"\?; allowed here: text/,
    ],
    ["pages: { titel: a }", /:2:12: plugins\.pages\.titel: unknown key; did you mean "title"\?/],
    ["pages: 5", /:2:3: plugins\.pages: expected /],
  ])("that are wrong stop the start: %s", async (text, message) => {
    const { code, stderr } = await run("check", plugins(text));
    expect([code, stderr.trimEnd()]).toEqual([1, expect.stringMatching(message)]);
  });
});

describe("openapi", () => {
  it("prints the document", async () => {
    const { code, stdout } = await run("openapi");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ openapi: "3.1.0", paths: { "/datasets": {} } });
  });
});

const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find(
  (path) => existsSync(path) && Number(/v(\d+)/.exec(execFileSync(path, ["--version"]).toString())?.[1]) < 24,
);
it.skipIf(oldNode === undefined)("an older Node is told which one is needed, in one line", async () => {
  const program = new ProgramProcess(["serve", "."], [oldNode ?? "", BIN]);
  expect(await program.ended()).toBe(1);
  expect(program.stderr).toMatch(/^zarr-gateway needs Node 24 or newer, this is v\d+\.\d+\.\d+; .*\n$/);
});
