import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Chunk, Dataset, Variable } from "@zarr-gateway/dataset";
import { draftZarrFolder, openZarr, writeZarr } from "@zarr-gateway/sources";
import { fileStore } from "@zarr-gateway/stores";
import { onnxModel, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../run.ts";
import type { Terminal } from "../../terminal.ts";

const YAML = `
title: Twice as warm
step: PT6H
grid: { lat: { values: [10, 0] }, lon: { start: 0, step: 90, size: 3 } }
variables: { t: { units: K } }
networks:
  - file: twice.onnx
    when: { to: 10 }
    inputs: &in { x: { state: [t], layout: [batch, channel, lat, lon] } }
    outputs: &out { y: { like: x } }
  - { file: twice.onnx, inputs: *in, outputs: *out }
diagnostics:
  - { file: twice.onnx, inputs: *in, outputs: { y: { diagnostic: [double], layout: [batch, channel, lat, lon] } } }
perturbation: { variables: { t: 0.001 } }
`;
const coder = createChunkCoder();

let folder: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const temporary = await temporaryFolder();
  folder = temporary.path;
  close = temporary.remove;
  await writeFile(join(folder, "model.yaml"), YAML);
  await writeFile(join(folder, "twice.onnx"), twice(3));
  await writeAnalysis(join(folder, "analysis.zarr"));
});
afterAll(() => close());

function twice(longitudes: number): Uint8Array {
  const shape = ["n", 1, 2, longitudes];
  return onnxModel({
    inputs: [{ name: "x", shape }],
    outputs: [{ name: "y", shape }],
    nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
  });
}

function inOneChunk(
  dims: readonly string[],
  shape: readonly number[],
  values: Chunk["values"],
  attrs: Variable["attrs"],
): Variable {
  const dtype = values instanceof Float32Array ? "float32" : "float64";
  const read = (): Promise<Chunk> => Promise.resolve({ shape, values });
  return {
    name: "",
    dims,
    attrs,
    source: { dtype, grid: { shape, chunkShape: shape }, fill: Number.NaN, read },
  };
}

async function writeAnalysis(path: string): Promise<void> {
  const dataset: Dataset = {
    attrs: {},
    groups: new Map(),
    variables: new Map([
      [
        "time",
        inOneChunk(["time"], [2], Float64Array.of(0, 6), {
          units: "hours since 2000-01-01",
          standard_name: "time",
        }),
      ],
      ["lat", inOneChunk(["lat"], [2], Float64Array.of(10, 0), { units: "degrees_north" })],
      ["lon", inOneChunk(["lon"], [3], Float64Array.of(0, 90, 180), { units: "degrees_east" })],
      [
        "t",
        inOneChunk(
          ["time", "lat", "lon"],
          [2, 2, 3],
          Float32Array.from({ length: 12 }, (_, i) => i + 1),
          { units: "K" },
        ),
      ],
    ]),
  };
  const draft = await draftZarrFolder(path);
  await writeZarr(dataset, draft.write, { coder });
  await draft.commit();
}

async function zarrGateway(...words: string[]): Promise<{ code: number; printed: string; said: string }> {
  const printed: string[] = [];
  const said: string[] = [];
  const terminal: Terminal = {
    environment: {},
    folder,
    isInteractive: false,
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
  };
  const code = await run(terminal, words);
  return { code, printed: printed.join(""), said: said.join("") };
}

describe("zarr-gateway model check", () => {
  it("prints what a package is, and makes every network step once", async () => {
    const { code, printed } = await zarrGateway("model", "check", ".", "--steps", "1", "--providers", "cpu");
    expect(code).toBe(0);
    const lines = printed
      .replace(/\b[0-9a-f]{64}\b/, "HASH")
      .replace(/: [\d.]+ ms.*/g, ": TIME")
      .split("\n");
    expect(lines.filter((line) => !line.startsWith("      "))).toEqual([
      "Twice as warm",
      "version HASH",
      "runtime onnx, steps of 6 h, starts from one analysis time",
      "lat: 2, 10 to 0",
      "lon: 3, 0 to 180",
      "state: t [K]",
      "diagnostic: double",
      "networks[0] twice.onnx: 6 h, n from 1 to 10",
      "  in  x [batch, channel 1, lat 2, lon 3] t",
      "  out y [batch, channel 1, lat 2, lon 3] t",
      "networks[1] twice.onnx: 6 h, n from 1",
      "  in  x [batch, channel 1, lat 2, lon 3] t",
      "  out y [batch, channel 1, lat 2, lon 3] t",
      "diagnostics[0] twice.onnx: every step, from its state",
      "  in  x [batch, channel 1, lat 2, lon 3] t",
      "  out y [batch, channel 1, lat 2, lon 3] double",
      "runs on cpu, up to 8 runs at a time",
      "random data (seed 1):",
      "  n = 0  first state and its diagnostics: TIME",
      "  n = 1  networks[0]: TIME",
      "  n = 11  networks[1]: TIME",
      "",
    ]);
  });

  it("makes its steps from an analysis where one is named", async () => {
    const words = ["--init", join(folder, "analysis.zarr"), "--time", "2000-01-01T00", "--steps", "2"];
    const { code, printed } = await zarrGateway("model", "check", ".", ...words, "--providers", "cpu");
    expect(code).toBe(0);
    expect(printed).toMatch(/n = 0 .*\n {6}t 1 to 6\n {6}double 2 to 12\n/);
    expect(printed).toMatch(/n = 2 .*\n {6}t 4 to 24\n {6}double 8 to 48\n/);
  });

  it("says what is wrong with a package, its graphs and the analysis, and fails", async () => {
    await writeFile(join(folder, "wrong.yaml"), YAML.replace("step: PT6H", "step: 6h"));
    expect(await zarrGateway("model", "check", "wrong.yaml")).toMatchObject({
      code: 1,
      said: expect.stringContaining("wrong.yaml:3:1: step: expected an ISO 8601 duration") as string,
    });
    await writeFile(join(folder, "wide.yaml"), YAML.replace("size: 3", "size: 4"));
    const wide = await zarrGateway("model", "check", "wide.yaml", "--providers", "cpu");
    expect(wide.code).toBe(1);
    expect(wide.said).toContain("twice.onnx: networks[0].inputs.x: tensor x: expected the shape");
    const late = ["--init", join(folder, "analysis.zarr"), "--time", "2001"];
    expect((await zarrGateway("model", "check", ".", ...late, "--providers", "cpu")).said).toContain(
      "no initial time 2001; there are 2: 2000-01-01T00:00:00 to 2000-01-01T06:00:00",
    );
    expect((await zarrGateway("model", "check")).code).toBe(2);
  });
});

describe("zarr-gateway model run", () => {
  const init = (): string => join(folder, "analysis.zarr");

  it("writes the forecast that a server would publish", async () => {
    const words = ["--init", init(), "--steps", "3", "-o", "out.zarr", "--providers", "cpu"];
    const { code, printed } = await zarrGateway("model", "run", ".", ...words);
    expect(code).toBe(0);
    expect(printed).toMatch(/^out\.zarr: 3 steps from 2000-01-01T06:00:00 in [\d.]+ s on cpu\n$/);
    const dataset = await openZarr(fileStore(join(folder, "out.zarr")), { coder });
    const t = dataset.variables.get("t");
    expect(t?.dims).toEqual(["init_time", "lead_time", "lat", "lon"]);
    expect(t?.source.grid.shape).toEqual([1, 4, 2, 3]);
    expect([...((await t?.source.read([0, 3, 0, 0]))?.values ?? [])]).toEqual([56, 64, 72, 80, 88, 96]);
    expect(dataset.attrs).toMatchObject({ title: "Twice as warm", model_providers: "cpu" });
    await dataset.close?.();
    expect((await zarrGateway("model", "run", ".", ...words)).said).toContain("out.zarr: exists already");
  });

  it("makes members by their numbers, each as it is among others", async () => {
    const words = ["--init", init(), "--steps", "1", "--providers", "cpu"];
    await zarrGateway("model", "run", ".", ...words, "--member", "0", "2", "-o", "two.zarr");
    await zarrGateway("model", "run", ".", ...words, "--member", "0", "1", "2", "-o", "three.zarr");
    const [two, three] = await Promise.all(
      ["two.zarr", "three.zarr"].map((name) => openZarr(fileStore(join(folder, name)), { coder })),
    );
    expect([...((await two?.variables.get("member")?.source.read([0]))?.values ?? [])]).toEqual([0n, 2n]);
    const field = async (dataset: Dataset | undefined, member: number): Promise<unknown> =>
      (await dataset?.variables.get("t")?.source.read([0, 1, member, 0, 0]))?.values;
    expect(await field(two, 1)).toEqual(await field(three, 2));
    expect(await field(three, 1)).not.toEqual(await field(three, 2));
    await Promise.all([two?.close?.(), three?.close?.()]);
  });

  it("refuses steps that no network makes", async () => {
    const short = YAML.replace(/ {2}- \{ file: twice.onnx, inputs: \*in, outputs: \*out \}\n/, "");
    await writeFile(join(folder, "short.yaml"), short);
    const words = ["--init", init(), "--steps", "12", "-o", "short.zarr"];
    const { code, said } = await zarrGateway("model", "run", "short.yaml", ...words);
    expect([code, said]).toEqual([2, "zarr-gateway: --steps 12: no network of the model makes n = 11\n"]);
  });

  it("says of a map's package that it has no steps", async () => {
    const map = `grid: [lat, lon]\ndiagnostics: [{ file: twice.onnx, inputs: { x: { state: [t], layout: [batch, channel, lat, lon] } },
      outputs: { y: { diagnostic: [double], layout: [batch, channel, lat, lon] } } }]`;
    await writeFile(join(folder, "map.yaml"), map);
    const checked = await zarrGateway("model", "check", "map.yaml");
    expect([checked.code, checked.said]).toEqual([0, ""]);
    expect(checked.printed).toContain("runtime onnx, for maps\n");
    const made = await zarrGateway(
      "model",
      "run",
      "map.yaml",
      "--init",
      init(),
      "--steps",
      "1",
      "-o",
      "m.zarr",
    );
    expect([made.code, made.said]).toEqual([2, expect.stringContaining("is that of a map")]);
  });

  it("leaves nothing behind where it fails", async () => {
    const { code } = await zarrGateway(
      "model",
      "run",
      ".",
      "--init",
      "nowhere.zarr",
      "--steps",
      "1",
      "-o",
      "no.zarr",
    );
    expect(code).toBe(1);
    expect((await readdir(folder)).filter((name) => name.includes("no.zarr"))).toEqual([]);
    expect(await readFile(join(folder, "model.yaml"), "utf8")).toBe(YAML);
  });
});
