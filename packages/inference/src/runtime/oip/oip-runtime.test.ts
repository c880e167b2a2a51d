import { isGatewayError } from "@zarr-gateway/primitives";
import { onnxModel } from "@zarr-gateway/testkit/onnx";
import { afterEach, describe, expect, it } from "vitest";
import type { NetworkPlan } from "../../model-package.ts";
import type { Network, Tensor } from "../../network.ts";
import { createOipRuntime, type OipRuntimeOptions } from "./oip-runtime.ts";
import { type OipServer, type OipServerOptions, oipServer } from "./testing/oip-server.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

/** y = 2x and z = x + half, where x is float32 and half float16, converted on the way. */
const GRAPH = onnxModel({
  inputs: [
    { name: "x", shape: ["batch", 3] },
    { name: "half", type: "float16", shape: ["batch", 3] },
  ],
  outputs: [
    { name: "y", shape: ["batch", 3] },
    { name: "z", type: "float16", shape: ["batch", 3] },
  ],
  nodes: [
    { op: "Add", inputs: ["x", "x"], outputs: ["y"] },
    { op: "Cast", inputs: ["x"], outputs: ["x16"], attributes: { to: 10 } },
    { op: "Add", inputs: ["x16", "half"], outputs: ["z"] },
  ],
});

/** Same in float32 alone, which JSON can carry. */
const PLAIN = onnxModel({
  inputs: [{ name: "x", shape: ["batch", 3] }],
  outputs: [{ name: "y", shape: ["batch", 3] }],
  nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
});

async function serve(options: Partial<OipServerOptions> = {}): Promise<OipServer> {
  const server = await oipServer({ models: { both: GRAPH, plain: PLAIN }, ...options });
  opened.push(server);
  return server;
}

async function load(
  server: OipServer,
  name: string,
  options: Partial<OipRuntimeOptions> = {},
): Promise<Network> {
  const runtime = createOipRuntime({ url: server.url, backoffMs: 1, ...options });
  opened.push(runtime);
  return runtime.load(planOf(name));
}

function planOf(name: string, version?: string): NetworkPlan {
  const model = version === undefined ? { name } : { name, version };
  const when = { from: 1, to: Number.POSITIVE_INFINITY, every: 1 };
  return { key: "networks[0]", model, stride: 1, when, inputs: [], outputs: [] };
}

function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, values: Float32Array.from(values) };
}

const X = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
const HALF = tensor([2, 3], [0.5, 0.25, 0.125, 1, 1, 1]);
const feeds = new Map([
  ["x", X],
  ["half", HALF],
]);
const only = new Map([["x", X]]);

async function failure(work: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await work;
  } catch (error) {
    if (isGatewayError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("it did not fail");
}

describe("models of an inference server", () => {
  it("tell names, types and free dimensions", async () => {
    const server = await serve();
    const network = await load(server, "both");
    expect(network.inputs).toEqual([
      { name: "x", type: "float32", shape: ["x.0", 3] },
      { name: "half", type: "float16", shape: ["half.0", 3] },
    ]);
    expect(network.outputs.map(({ name, type }) => `${name} ${type}`)).toEqual(["y float32", "z float16"]);
    expect(network.provider).toBe(server.url);
  });

  it("are asked by version where one is named", async () => {
    const server = await serve();
    const runtime = createOipRuntime({ url: `${server.url}/` });
    opened.push(runtime);
    const network = await runtime.load(planOf("plain", "1"));
    await network.run(only, ["y"]);
    expect(server.requests.at(-1)).toBe("POST /v2/models/plain/versions/1/infer");
  });

  it.each([
    ["in one piece", {}],
    ["without a length", { isChunked: true }],
    ["with outputs in another order", { isReversed: true }],
  ])("answer binary tensors %s", async (_, options) => {
    const network = await load(await serve(options), "both");
    const tensors = await network.run(feeds, ["y", "z"]);
    expect(tensors.get("y")).toEqual(tensor([2, 3], [2, 4, 6, 8, 10, 12]));
    expect(tensors.get("z")).toEqual(tensor([2, 3], [1.5, 2.25, 3.125, 5, 6, 7]));
  });

  it.each([false, true])("answer JSON where the server knows nothing else (nested: %s)", async (isNested) => {
    const server = await serve({ isJsonOnly: true, isNested });
    const network = await load(server, "plain");
    for (const _ of [1, 2]) {
      expect((await network.run(only, ["y"])).get("y")).toEqual(tensor([2, 3], [2, 4, 6, 8, 10, 12]));
    }
    // the refused binary one, and then no further
    expect(server.requests.filter((line) => line.startsWith("POST"))).toHaveLength(3);
  });

  it("keep NaN and infinities", async () => {
    const network = await load(await serve(), "plain");
    const x = tensor([1, 3], [Number.NaN, Number.POSITIVE_INFINITY, -0]);
    expect((await network.run(new Map([["x", x]]), ["y"])).get("y")).toEqual(x);
  });

  it("are reached on connections that stay open", async () => {
    const server = await serve();
    const network = await load(server, "plain");
    for (let time = 0; time < 5; time++) await network.run(only, ["y"]);
    expect(server.connections).toBe(1);
  });

  it("are asked at most so often at once", async () => {
    const server = await serve();
    const network = await load(server, "plain", { maxConcurrent: 2 });
    server.fault = () => ({ kind: "slow", ms: 20 });
    await Promise.all(Array.from({ length: 6 }, () => network.run(only, ["y"])));
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it("send secrets with each request and never show them", async () => {
    const server = await serve();
    const seen: (string | undefined)[] = [];
    server.fault = ({ headers }) => {
      seen.push(headers.authorization);
      return seen.length > 2 ? { kind: "status", status: 401, body: `{"error":"who are you"}` } : undefined;
    };
    const network = await load(server, "plain", { headers: { authorization: "Bearer s3cret" } });
    const { code, message } = await failure(network.run(only, ["y"]));
    expect(new Set(seen)).toEqual(new Set(["Bearer s3cret"]));
    expect(code).toBe("model_failed");
    expect(message).toBe(`model "plain": the server answered 401: who are you`);
  });
});

describe("health of an inference server", () => {
  it("is live and ready, or neither", async () => {
    const server = await serve();
    const runtime = createOipRuntime({ url: server.url, retries: 0 });
    opened.push(runtime);
    expect(await runtime.health()).toEqual({ isLive: true, isReady: true });
    server.fault = ({ url }) => (url === "/v2/health/ready" ? { kind: "status", status: 400 } : undefined);
    expect(await runtime.health()).toEqual({ isLive: true, isReady: false });
    server.fault = () => ({ kind: "reset" });
    expect(await runtime.health()).toEqual({ isLive: false, isReady: false });
  });
});

describe("addresses of inference servers", () => {
  it.each(["ftp://host", "http://user:s3cret@host", "http://host?x=1", "nonsense"])(
    "are refused: %s",
    (url) => {
      expect(() => createOipRuntime({ url })).toThrow(/credentials go into headers/);
      expect(() => createOipRuntime({ url })).not.toThrow(/s3cret/);
    },
  );
});
