import type { Dataset } from "@zarr-gateway/dataset";
import type { DatasetCatalog } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it } from "vitest";
import { remoteDatasets } from "../child/remote-datasets.ts";
import { madeForecast } from "../testing/made-forecast.ts";
import { DatasetServer } from "./dataset-server.ts";

const servers: DatasetServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function served(open: () => Dataset | Promise<Dataset>) {
  const held: string[] = [];
  const catalog: Pick<DatasetCatalog, "lease"> = {
    async lease(id) {
      const dataset = await open();
      held.push(id);
      return { dataset, release: () => held.splice(held.indexOf(id), 1) };
    },
  };
  const server = new DatasetServer({ datasets: catalog });
  servers.push(server);
  const session = await server.session();
  return { session, datasets: remoteDatasets(session.address), held };
}

describe("datasets in a process of a workflow", () => {
  it("are those of the server: attributes, fill values and chunks to the bit", async () => {
    const source = madeForecast();
    const { datasets, session, held } = await served(() => source);
    session.begin("job 1");
    const dataset = await datasets.open("made");
    expect(dataset.attrs).toEqual(source.attrs);
    for (const [name, { dims, attrs, source: one }] of source.variables) {
      const there = dataset.variables.get(name);
      expect([
        there?.dims,
        there?.attrs,
        there?.source.dtype,
        there?.source.grid,
        there?.source.fill,
      ]).toEqual([...[dims, attrs, one.dtype, one.grid, one.fill]]);
      const first = one.grid.shape.map(() => 0);
      expect(await there?.source.read(first)).toMatchObject({ ...(await one.read(first)) });
    }
    expect(session.opened()).toEqual([
      {
        id: "made",
        version: "v1",
        attributes: { title: "Made", model_version: "abc", initial_conditions: "era5" },
      },
    ]);
    expect(held).toEqual(["made"]);
    await dataset.close?.();
    expect(held).toEqual([]);
  });

  it("tell of chunks that were never written, and what fails with its code", async () => {
    const source = madeForecast();
    const t2m = source.variables.get("t2m");
    if (t2m === undefined) throw new Error("no field");
    const answers = [undefined, new GatewayError("model_failed", "no more"), new Error("/secret/path")];
    const read = () => {
      const answer = answers.shift();
      return answer === undefined ? Promise.resolve(undefined) : Promise.reject(answer);
    };
    const changed = { ...source, variables: new Map([["t2m", { ...t2m, source: { ...t2m.source, read } }]]) };
    const { datasets } = await served(() => changed);
    const remote = (await datasets.open("x")).variables.get("t2m");
    const index = [0, 0, 0, 0, 0];
    expect(await remote?.source.read(index)).toBeUndefined();
    await expect(remote?.source.read(index)).rejects.toMatchObject({
      code: "model_failed",
      message: "no more",
    });
    await expect(remote?.source.read(index)).rejects.toMatchObject({
      code: "internal",
      message: "the server could not read it",
    });
    await expect(remote?.source.read([9, 0, 0, 0, 0])).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("have the noise that is asked for in their members, where there are forecasts", async () => {
    const asked: unknown[] = [];
    const server = new DatasetServer({
      datasets: { lease: () => Promise.reject(new Error("not asked")) },
      forecasts: {
        lease(id, noise) {
          asked.push([id, noise]);
          return Promise.resolve({ dataset: madeForecast(), release: () => undefined });
        },
      },
    });
    servers.push(server);
    const { open } = remoteDatasets((await server.session()).address);
    await open("drift", { noise: { scale: 2, seed: -3 } });
    expect(asked).toEqual([["drift", { scale: 2, seed: -3 }]]);
    const { datasets } = await served(madeForecast);
    await datasets.open("made", { noise: { scale: 1 } });
    await expect(datasets.open("made", { noise: { scale: 2 } })).rejects.toMatchObject({
      code: "invalid_request",
      details: { noise: "scale" },
    });
  });

  it("are drawn by the server, as at their address", async () => {
    const server = new DatasetServer({
      datasets: { lease: () => Promise.resolve({ dataset: madeForecast(), release: () => undefined }) },
      drawing: {
        png: ({ attrs }, { variable, query }) =>
          Promise.resolve(Buffer.from(`${String(attrs["title"])} ${variable} ${query}`)),
      },
    });
    servers.push(server);
    const { picture } = remoteDatasets((await server.session()).address);
    const bytes = await picture("made@isel(member=0)", { variable: "t2m", query: "width=300" });
    expect(Buffer.from(bytes).toString()).toBe("Made t2m width=300");
    const { datasets } = await served(madeForecast);
    await expect(datasets.picture("made", { variable: "t2m" })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("tell of the model that makes them, of views of a forecast that of the forecast", async () => {
    const jets = { title: "Jets", version: "v", runtime: "onnx", isRandom: false, networks: [] };
    const asked: string[] = [];
    const server = new DatasetServer({
      datasets: {
        lease: (id) => {
          asked.push(id);
          return Promise.resolve({ dataset: madeForecast(), release: () => asked.push("released") });
        },
      },
      models: { of: (id) => (id === "jets" ? jets : undefined) },
    });
    servers.push(server);
    const { model } = remoteDatasets((await server.session()).address);
    expect(await model("jets")).toEqual(jets);
    expect(await model("jets@mean(member)")).toEqual(jets);
    expect(await model("archive")).toBeUndefined();
    expect(asked).toEqual(["jets", "released", "jets@mean(member)", "released", "archive", "released"]);
    const { datasets } = await served(madeForecast);
    expect(await datasets.model("made")).toBeUndefined();
  });

  it("wait where a model has much to do, and stop waiting when they are told", async () => {
    let asked = 0;
    const { datasets } = await served(() => {
      asked += 1;
      if (asked < 3) throw new GatewayError("overloaded", "later", { retryAfterSeconds: 0.01 });
      return madeForecast();
    });
    expect((await datasets.open("made")).variables.size).toBe(8);
    expect(asked).toBe(3);
    const busy = await served(() => {
      throw new GatewayError("overloaded", "later", { retryAfterSeconds: 60 });
    });
    await expect(busy.datasets.open("made", { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });

  it("stop being read when the reader leaves, and are let go of when its process ends", async () => {
    const source = madeForecast();
    const t2m = source.variables.get("t2m");
    if (t2m === undefined) throw new Error("no field");
    const left = Promise.withResolvers<string>();
    const read = (_: unknown, { signal }: { readonly signal?: AbortSignal | undefined } = {}) =>
      new Promise<undefined>((resolve) => {
        signal?.addEventListener("abort", () => {
          left.resolve("left");
          resolve(undefined);
        });
      });
    const slow = { ...source, variables: new Map([["t2m", { ...t2m, source: { ...t2m.source, read } }]]) };
    const { datasets, session, held } = await served(() => slow);
    const remote = (await datasets.open("x")).variables.get("t2m");
    const leave = new AbortController();
    const reading = remote?.source.read([0, 0, 0, 0, 0], { signal: leave.signal });
    setTimeout(() => leave.abort(new Error("cancelled")), 50);
    await expect(reading).rejects.toThrow("cancelled");
    expect(await left.promise).toBe("left");
    session.close();
    expect(held).toEqual([]);
    await expect(datasets.open("x")).rejects.toMatchObject({ code: "unauthorized" });
  });
});
