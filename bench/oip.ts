import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, Worker } from "node:worker_threads";
import { createOipRuntime } from "@zarr-gateway/inference";
import { Agent, request } from "undici";

/**
 * Requests to an inference server against a bare HTTP client that sends the same bytes, made once, and looks at nothing that
 * comes back. Both in turn, so that a busy machine is busy for both. `node bench/oip.ts [seconds]`
 */
const CASES: readonly (readonly number[])[] = [
  [1, 4, 32, 64],
  [1, 4, 181, 360],
  [1, 20, 181, 360],
  [1, 4, 721, 1440],
];

if (parentPort) await serve();
else await measure(Number(process.argv[2] ?? 4));

/** Gives back as many bytes as come, as output `y`, without looking at them. */
async function serve(): Promise<void> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === "/v2") return void outgoing.end('{"extensions":["binary_tensor_data"]}');
    if (incoming.method === "GET") {
      const tensor = { datatype: "FP32", shape: [-1, -1, -1, -1] };
      return void outgoing.end(
        JSON.stringify({ inputs: [{ name: "x", ...tensor }], outputs: [{ name: "y", ...tensor }] }),
      );
    }
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = Buffer.concat(pieces);
      const length = Number(incoming.headers["inference-header-content-length"]);
      const { shape } = (JSON.parse(body.toString("utf8", 0, length)) as { inputs: [{ shape: number[] }] })
        .inputs[0];
      const data = body.subarray(length);
      const parameters = { binary_data_size: data.length };
      const json = Buffer.from(
        JSON.stringify({ outputs: [{ name: "y", datatype: "FP32", shape, parameters }] }),
      );
      outgoing.writeHead(200, {
        "inference-header-content-length": json.length,
        "content-length": json.length + data.length,
      });
      outgoing.write(json);
      outgoing.end(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  parentPort?.postMessage((server.address() as AddressInfo).port); // it listens on a port
}

interface Cost {
  wallMs: number;
  cpuMs: number;
}

async function measure(seconds: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url));
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const url = `http://127.0.0.1:${port}`;
  const runtime = createOipRuntime({ url });
  const when = { from: 1, to: 1, every: 1 };
  const plan = { key: "networks[0]", model: { name: "m" }, stride: 1, when, inputs: [], outputs: [] };
  const network = await runtime.load(plan);
  const agent = new Agent({ connections: 4 });
  for (const shape of CASES) {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, Math.random);
    const feeds = new Map([["x", { shape, values }]]);
    const body = bareBody(shape, values);
    const rounds = await inTurn(seconds, [
      () => bare(agent, url, body),
      async () => {
        const y = (await network.run(feeds, ["y"])).get("y");
        if (y?.values.length !== values.length) throw new Error("something else came back");
      },
    ]);
    report(shape, rounds);
  }
  await agent.destroy();
  await runtime.close();
  await worker.terminate();
}

function bareBody(
  shape: readonly number[],
  values: Float32Array,
): { readonly bytes: Buffer; readonly json: number } {
  const parameters = { binary_data_size: values.byteLength };
  const inputs = [{ name: "x", shape, datatype: "FP32", parameters }];
  const json = Buffer.from(
    JSON.stringify({ inputs, outputs: [{ name: "y", parameters: { binary_data: true } }] }),
  );
  return { bytes: Buffer.concat([json, Buffer.from(values.buffer)]), json: json.length };
}

async function bare(agent: Agent, url: string, { bytes, json }: ReturnType<typeof bareBody>): Promise<void> {
  const answer = await request(`${url}/v2/models/m/infer`, {
    dispatcher: agent,
    method: "POST",
    headers: { "inference-header-content-length": String(json) },
    body: bytes,
  });
  const came = await answer.body.arrayBuffer();
  if (came.byteLength < bytes.length / 2) throw new Error("less came back");
}

/** The cost of one call of each, medians over calls that take turns. */
async function inTurn(seconds: number, works: readonly (() => Promise<void>)[]): Promise<Cost[]> {
  const costs: Cost[][] = works.map(() => []);
  const end = performance.now() + seconds * 1000;
  for (let round = 0; performance.now() < end || round < 20; round++) {
    for (const position of round % 2 === 0 ? works.keys() : [...works.keys()].toReversed()) {
      const cpu = process.threadCpuUsage();
      const start = performance.now();
      await works[position]?.();
      const wallMs = performance.now() - start;
      const { user, system } = process.threadCpuUsage(cpu);
      if (round >= 5) costs[position]?.push({ wallMs, cpuMs: (user + system) / 1000 });
    }
  }
  return costs.map((list) => ({
    wallMs: median(list.map(({ wallMs }) => wallMs)),
    cpuMs: list.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / list.length, // the clock is too coarse for a median
  }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function report(shape: readonly number[], [bareCost, ours]: readonly Cost[]): void {
  if (!bareCost || !ours) return;
  const column = (of: keyof Cost): string =>
    `${bareCost[of].toFixed(2)} ms bare, ${ours[of].toFixed(2)} ms ours (${(bareCost[of] / ours[of]).toFixed(2)} ×)`;
  console.log(`${shape.join(" × ")} float32: wall ${column("wallMs")}; processor ${column("cpuMs")}`);
}
