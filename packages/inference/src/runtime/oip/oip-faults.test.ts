import { isGatewayError } from "@zarr-gateway/primitives";
import { onnxModel } from "@zarr-gateway/testkit/onnx";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Network, Tensor } from "../../network.ts";
import type { OipRuntimeOptions } from "./oip-runtime.ts";
import { createOipRuntime } from "./oip-runtime.ts";
import { type OipFault, type OipServer, oipServer } from "./testing/oip-server.ts";

const GRAPH = onnxModel({
  inputs: [{ name: "x", shape: ["batch", 3] }],
  outputs: [{ name: "y", shape: ["batch", 3] }],
  nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
});
const FEEDS: ReadonlyMap<string, Tensor> = new Map([
  ["x", { shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
]);
const PLAN = {
  key: "networks[0]",
  model: { name: "m" },
  stride: 1,
  when: { from: 1, to: 9, every: 1 },
  inputs: [],
  outputs: [],
};

let server: OipServer;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  server = await oipServer({ models: { m: GRAPH } });
});
afterEach(async () => {
  server.fault = () => undefined;
  for (const one of opened.splice(0)) await one.close();
});
afterAll(() => server.close());

async function load(options: Partial<OipRuntimeOptions> = {}): Promise<Network> {
  const runtime = createOipRuntime({ url: server.url, backoffMs: 1, ...options });
  opened.push(runtime);
  return runtime.load(PLAN);
}

/** These go wrong, one after the other; what comes after them is fine. @returns how often the model was asked */
function failWith(...faults: OipFault[]): () => number {
  let asked = 0;
  server.fault = ({ method }) => (method === "POST" ? faults[asked++] : undefined);
  return () => asked;
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isGatewayError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error("it did not fail");
}

const changed = (properties: Readonly<Record<string, unknown>>): OipFault => ({
  kind: "changed",
  change: ({ outputs }) => ({ outputs: outputs.map((output) => ({ ...output, ...properties })) }),
});

describe("an inference server that refuses", () => {
  it.each([429, 502, 503, 504])("is asked again after %s", async (status) => {
    const network = await load();
    const asked = failWith({ kind: "status", status }, { kind: "status", status });
    expect((await network.run(FEEDS, ["y"])).get("y")?.values[5]).toBe(12);
    expect(asked()).toBe(3);
  });

  it("is given the time it asks for", async () => {
    const network = await load();
    failWith({ kind: "status", status: 503, headers: { "retry-after": "1" } });
    const start = performance.now();
    await network.run(FEEDS, ["y"]);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it("is not waited for where it asks for more time than there is", async () => {
    const network = await load({ timeoutMs: 300 });
    failWith({ kind: "status", status: 503, headers: { "retry-after": "3600" } });
    const start = performance.now();
    expect(await failure(network.run(FEEDS, ["y"]))).toContain("answered 503: asked to fail");
    expect(performance.now() - start).toBeLessThan(290);
  });

  it("is asked so often and no more", async () => {
    const network = await load({ retries: 1 });
    const fault: OipFault = { kind: "status", status: 503 };
    const asked = failWith(fault, fault, fault);
    const message = await failure(network.run(FEEDS, ["y"]));
    expect(message).toBe('model_failed model "m": the server answered 503: asked to fail');
    expect(asked()).toBe(2);
  });

  it.each([400, 404, 413, 500])("is not asked again after %s", async (status) => {
    const network = await load();
    const asked = failWith({
      kind: "status",
      status,
      body: JSON.stringify({ error: `no\n${"x".repeat(999)}` }),
    });
    const message = await failure(network.run(FEEDS, ["y"]));
    expect(message).toMatch(new RegExp(`^model_failed model "m": the server answered ${status}: no x+…$`));
    expect(message.length).toBeLessThan(400);
    expect(asked()).toBe(1);
  });

  it("is not followed to another place", async () => {
    const network = await load();
    failWith({ kind: "status", status: 307, headers: { location: "http://127.0.0.1:1/" } });
    expect(await failure(network.run(FEEDS, ["y"]))).toContain("answered 307, redirects are not followed");
  });

  it("may answer a page, which says nothing", async () => {
    const network = await load();
    failWith({ kind: "status", status: 500, body: "<html>secret</html>" });
    expect(await failure(network.run(FEEDS, ["y"]))).toBe('model_failed model "m": the server answered 500');
  });

  it("says which model it does not know", async () => {
    const runtime = createOipRuntime({ url: server.url });
    opened.push(runtime);
    const message = await failure(runtime.load({ ...PLAN, model: { name: "other" } }));
    expect(message).toContain(`model "other": the server answered 404: Request for unknown model`);
  });
});

describe("an inference server that breaks", () => {
  it("is tried again where nothing listens", async () => {
    const runtime = createOipRuntime({ url: "http://127.0.0.1:1", retries: 2, backoffMs: 30 });
    opened.push(runtime);
    const start = performance.now();
    const message = await failure(runtime.load(PLAN));
    expect(message).toMatch(/^model_failed model "m": the server cannot be reached: .*ECONNREFUSED/);
    expect(performance.now() - start).toBeGreaterThan(80);
  });

  it("is not asked again when it breaks off in the middle", async () => {
    const network = await load();
    const asked = failWith({ kind: "truncated" });
    expect(await failure(network.run(FEEDS, ["y"]))).toContain("the server broke off");
    expect(asked()).toBe(1);
  });

  it("is asked again where it closed a connection that was idle", async () => {
    const network = await load();
    const asked = failWith({ kind: "reset" });
    expect((await network.run(FEEDS, ["y"])).get("y")?.values[0]).toBe(2);
    expect(asked()).toBe(2);
  });

  it("is not asked for ever when it takes every request down", async () => {
    const network = await load({ retries: 2 });
    const fault: OipFault = { kind: "reset" };
    const asked = failWith(fault, fault, fault, fault, fault);
    expect(await failure(network.run(FEEDS, ["y"]))).toMatch(
      /^model_failed .*the server (broke off|cannot be)/,
    );
    expect(asked()).toBeLessThanOrEqual(3);
  });

  it("is given up when it is slow", async () => {
    const network = await load({ timeoutMs: 100 });
    failWith({ kind: "slow", ms: 2000 });
    expect(await failure(network.run(FEEDS, ["y"]))).toBe('model_timeout model "m": no answer within 100 ms');
  });

  it("is left when the caller leaves, who gets its own reason", async () => {
    const network = await load();
    failWith({ kind: "slow", ms: 2000 });
    const controller = new AbortController();
    const run = network.run(FEEDS, ["y"], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("gone")), 50);
    await expect(run).rejects.toThrow("gone");
  });

  it("is left when the runtime is closed", async () => {
    const runtime = createOipRuntime({ url: server.url });
    const network = await runtime.load(PLAN);
    failWith({ kind: "slow", ms: 2000 });
    const run = failure(network.run(FEEDS, ["y"]));
    setTimeout(() => void runtime.close(), 50);
    expect(await run).toContain("the connection to the server was closed");
  });
});

describe("answers that are not what was promised", () => {
  it.each<[string, OipFault, string]>([
    [
      "a header longer than all",
      { kind: "header-length", text: "100000" },
      "the header is said to have 100000 bytes",
    ],
    ["a header cut short", { kind: "header-length", text: "20" }, "the answer is not JSON"],
    ["a header that is no number", { kind: "header-length", text: "-3" }, "is no number of bytes"],
    ["another shape", changed({ shape: [2, 2] }), `output "y" has shape y.0 × 3, came: 2 × 2`],
    ["another length", changed({ shape: [3, 3] }), "has 36 bytes, came: 24"],
    ["another type", changed({ datatype: "FP64" }), `output "y" is FP32, came: FP64`],
    ["another name", changed({ name: "z" }), `output "y" was asked for, came: "z"`],
    [
      "a size beyond the end",
      changed({ parameters: { binary_data_size: 240 } }),
      "is said to have 240 bytes, 24 are left",
    ],
    [
      "a size that is none",
      changed({ parameters: { binary_data_size: "x" } }),
      "binary_data_size is no size",
    ],
    ["no sizes", changed({ parameters: undefined }), `output "y" has no data`],
    ["no outputs", { kind: "changed", change: () => ({}) }, `no list "outputs"`],
    ["more bytes than outputs", { kind: "longer", bytes: 7 }, "7 bytes belong to no output"],
  ])("%s", async (_, fault, expected) => {
    const network = await load();
    const asked = failWith(fault);
    const message = await failure(network.run(FEEDS, ["y"]));
    expect(message).toMatch(/^model_output_invalid model "m": /);
    expect(message).toContain(expected);
    expect(asked()).toBe(1);
  });

  it("end where they are longer than the outputs can be", async () => {
    const network = await load();
    failWith({ kind: "longer", bytes: 8 * 1024 * 1024 });
    expect(await failure(network.run(FEEDS, ["y"]))).toMatch(
      /^model_failed .*the answer is longer than \d+ bytes/,
    );
  });

  it("end where they are longer than the configuration allows", async () => {
    const network = await load({ maxAnswerBytes: 50 });
    expect(await failure(network.run(FEEDS, ["y"]))).toContain("the answer is longer than 50 bytes");
  });
});

describe("inputs that do not fit", () => {
  it.each<[string, Tensor | undefined, string]>([
    ["a missing one", undefined, `input "x" is not given`],
    [
      "another shape",
      { shape: [2, 2], values: new Float32Array(4) },
      `input "x" has shape x.0 × 3, given is 2 × 2`,
    ],
    ["too few values", { shape: [2, 3], values: new Float32Array(4) }, `input "x" has shape`],
  ])("are not sent: %s", async (_, tensor, expected) => {
    const network = await load();
    const asked = failWith();
    expect(await failure(network.run(new Map(tensor && [["x", tensor]]), ["y"]))).toContain(expected);
    expect(asked()).toBe(0);
  });
});
