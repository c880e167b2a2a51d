// What a step of a forecast costs over the library alone: `node bench/inference.ts PYTHON`, where PYTHON has onnxruntime. Steps are
// made in rows, as roll-outs make them: in a row, fields of a step may come while the next one is made, and all have come at its end.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  type ChildSession,
  childSession,
  createModelSession,
  createOnnxRuntime,
  type ModelPackage,
  type ModelSession,
  type ModelState,
  type Run,
  readModelPackage,
  type StateHandle,
} from "@zarr-gateway/inference";
import { type OnnxGraph, onnxModel } from "@zarr-gateway/testkit/onnx";

/** A convolution to so many channels and back, with as many from hidden to hidden ones in between. */
interface Case {
  readonly name: string;
  readonly channels: number;
  readonly hidden: number;
  readonly layers?: number;
  readonly kernel: number;
  readonly grid: readonly [number, number];
  readonly isNormalised?: boolean;
}
interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}
interface Stepper {
  /** Steps in a row; what one of them costs. */
  steps(count: number): Promise<Cost>;
  close(): Promise<unknown>;
}

const CASES: readonly Case[] = [
  { name: "2.1 MB", channels: 8, hidden: 96, kernel: 3, grid: [181, 360] },
  // as heavy for its state as weather models are, which work for minutes on 287 MB
  { name: "2.1 MB, heavy", channels: 8, hidden: 64, layers: 16, kernel: 3, grid: [181, 360] },
  { name: "2.1 MB, normalised", channels: 8, hidden: 96, kernel: 3, grid: [181, 360], isNormalised: true },
  { name: "16.6 MB", channels: 4, hidden: 8, kernel: 3, grid: [721, 1440] },
  { name: "99.7 MB", channels: 24, hidden: 16, kernel: 3, grid: [721, 1440] },
];
/** Of a case alone: `node bench/inference.ts PYTHON "2.1 MB"`. */
const ONLY = process.argv[3];
const THREADS = 1;
const ROUNDS = 6;
/** In a row. */
const STEPS = 4;
/** Before a process has compiled its loops, they cost several times as much. */
const WARM_UP = 3;
const FOLDER = fileURLToPath(new URL("../.cache/bench/inference", import.meta.url));
const PEER = fileURLToPath(new URL("peers/step_onnx.py", import.meta.url));
const RUN: Run = { calendar: "standard", initialTime: { day: 18_262, nanoseconds: 0 }, member: 0 };
const log = { info: () => undefined, warn: console.warn };

for (const one of CASES) if (ONLY === undefined || one.name === ONLY) await measure(one);

async function measure(one: Case): Promise<void> {
  const { model, graph } = await writePackage(one);
  const opened = performance.now();
  const child = await childSession({ model, providers: ["cpu"], threads: THREADS, log });
  const openedMs = performance.now() - opened;
  const steppers: Readonly<Record<string, Stepper>> = {
    python: await python(graph, one),
    "library in Node": await library(model, one),
    "in this process": await stepping(
      await createModelSession({
        model,
        runtime: createOnnxRuntime({ providers: ["cpu"], threads: THREADS, log }),
      }),
      one,
    ),
    "in its own": await stepping(child, one, child),
  };
  const costs = Object.fromEntries(Object.keys(steppers).map((name): [string, Cost[]] => [name, []]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, stepper] of Object.entries(steppers)) {
      const cost = await stepper.steps(STEPS);
      if (round >= 0) costs[name]?.push(cost);
    }
  }
  console.log(`\nstate of ${one.name}, ${THREADS} thread, opened in ${openedMs.toFixed(0)} ms`);
  const base = { wallMs: median(costs["python"], "wallMs"), cpuMs: mean(costs["python"], "cpuMs") };
  for (const [name, all] of Object.entries(costs)) {
    const [wall, cpu] = [median(all, "wallMs"), mean(all, "cpuMs")];
    console.log(
      `${name.padEnd(16)} wall ${ms(wall)} (${ratio(wall, base.wallMs)})  cpu ${ms(cpu)} (${ratio(cpu, base.cpuMs)})`,
    );
  }
  await Promise.all(Object.values(steppers).map((stepper) => stepper.close()));
}

async function writePackage(one: Case): Promise<{ readonly model: ModelPackage; readonly graph: string }> {
  const folder = join(FOLDER, one.name.replaceAll(/\W+/g, "-"));
  mkdirSync(folder, { recursive: true });
  const graph = join(folder, "step.onnx");
  writeFileSync(graph, onnxModel(convolutions(one)));
  const names = variables(one).join(", ");
  const [lat, lon] = one.grid;
  writeFileSync(
    join(folder, "model.yaml"),
    `title: bench
step: PT6H
grid: { lat: { start: 90, step: ${-180 / (lat - 1)}, size: ${lat} }, lon: { start: 0, step: ${360 / lon}, size: ${lon} } }
networks:
  - file: step.onnx
    inputs: { x: { state: [${names}], layout: [batch, channel, lat, lon] } }
    outputs: { y: { like: x } }
`.replace("lon] } }", one.isNormalised === true ? "lon], normalize: { mean: 0.5, std: 2 } } }" : "lon] } }"),
  );
  return { model: await readModelPackage(folder), graph };
}

function convolutions({ channels, hidden, kernel, grid, layers = 0 }: Case): OnnxGraph {
  const shape = ["batch", channels, ...grid];
  const pad = (kernel - 1) / 2;
  const attributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] };
  const weights = (name: string, to: number, from: number) => {
    const values = Float32Array.from({ length: to * from * kernel ** 2 }, (_, i) => Math.sin(i) / 100);
    return { name, shape: [to, from, kernel, kernel], values };
  };
  return {
    inputs: [{ name: "x", shape }],
    outputs: [{ name: "y", shape }],
    nodes: [
      { op: "Conv", inputs: ["x", "in"], outputs: ["h"], attributes },
      { op: "Tanh", inputs: ["h"], outputs: ["t0"] },
      ...Array.from({ length: layers }, (_, i) => ({
        op: "Conv",
        inputs: [`t${i}`, `between${i}`],
        outputs: [`t${i + 1}`],
        attributes,
      })),
      { op: "Conv", inputs: [`t${layers}`, "out"], outputs: ["y"], attributes },
    ],
    constants: [
      weights("in", hidden, channels),
      ...Array.from({ length: layers }, (_, i) => weights(`between${i}`, hidden, hidden)),
      weights("out", channels, hidden),
    ],
  };
}

function variables({ channels }: Case): string[] {
  return Array.from({ length: channels }, (_, i) => `v${i}`);
}

async function python(graph: string, { channels, grid }: Case): Promise<Stepper> {
  const shape = [1, channels, ...grid].join(",");
  const peer: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.argv[2] ?? "python3",
    [PEER, graph, String(THREADS), shape],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Cost> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the peer ended");
    return JSON.parse(value) as Cost; // what step_onnx.py writes
  };
  await next();
  return {
    async steps(count) {
      const costs: Cost[] = [];
      for (let i = 0; i < count; i++) {
        peer.stdin.write("step\n");
        costs.push(await next());
      }
      return { wallMs: mean(costs, "wallMs"), cpuMs: mean(costs, "cpuMs") };
    },
    close: async () => void peer.stdin.end(),
  };
}

/** The graph alone, as Node has it, fed with its own output. */
async function library(model: ModelPackage, { channels, grid }: Case): Promise<Stepper> {
  const [plan] = model.networks;
  if (plan === undefined) throw new Error("a package without a network");
  const runtime = createOnnxRuntime({ providers: ["cpu"], threads: THREADS, log });
  const network = await runtime.load(plan);
  const shape = [1, channels, ...grid];
  let values: Float32Array = new Float32Array(channels * grid[0] * grid[1]);
  return {
    async steps(count) {
      const [before, start] = [cpuMs(undefined), performance.now()];
      for (let i = 0; i < count; i++) {
        const results = await network.run(new Map([["x", { shape, values }]]), ["y"]);
        values = results.get("y")?.values ?? values;
      }
      return costOf(count, performance.now() - start, cpuMs(undefined) - before);
    },
    close: () => runtime.close(),
  };
}

/** Steps of one run, all fields of each read. */
async function stepping(session: ModelSession, one: Case, child?: ChildSession): Promise<Stepper> {
  const size = one.grid[0] * one.grid[1];
  const state: ModelState = {
    n: 0,
    entries: [new Map(variables(one).map((name) => [name, new Float32Array(size)]))],
  };
  let handle: StateHandle = (await session.begin(RUN, state)).state;
  let n = 0;
  return {
    async steps(count) {
      const [before, start] = [cpuMs(child), performance.now()];
      let fields: Promise<unknown> | undefined;
      for (let i = 0; i < count; i++) {
        n += 1;
        const [result] = await session.step([{ run: RUN, n, from: new Map([[n - 1, handle]]) }]);
        await fields; // of one step while the next is made, as in a roll-out
        session.release(handle);
        if (result === undefined) throw new Error("a step without a result");
        [handle, fields] = [result.state, result.fields];
      }
      await fields;
      return costOf(count, performance.now() - start, cpuMs(child) - before);
    },
    close: () => session.close(),
  };
}

function costOf(count: number, wallMs: number, processorMs: number): Cost {
  return { wallMs: wallMs / count, cpuMs: processorMs / count };
}

/** Of this process and the one of a session, in which the system counts hundredths of a second. */
function cpuMs(child: ChildSession | undefined): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1000;
  if (child === undefined) return own;
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return own + 10 * (Number(fields[11]) + Number(fields[12]));
}

function median(costs: readonly Cost[] | undefined, key: keyof Cost): number {
  const sorted = (costs ?? []).map((cost) => cost[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mean(costs: readonly Cost[] | undefined, key: keyof Cost): number {
  return (costs ?? []).reduce((sum, cost) => sum + cost[key], 0) / (costs?.length ?? 0);
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(5)} ms`;
}

function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)} x`;
}
