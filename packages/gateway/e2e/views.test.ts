import type { ChunkSource, Dataset, Variable } from "@zarr-gateway/dataset";
import { type DatasetGuard, definePlugin, type Plugin } from "@zarr-gateway/plugin";
import catalogs from "@zarr-gateway/plugin-descriptions";
import info from "@zarr-gateway/plugin-info";
import views from "@zarr-gateway/plugin-views";
import zarr from "@zarr-gateway/plugin-zarr";
import { createByteCache, createWorkerPool, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { createGateway, createLog, type Gateway } from "@zarr-gateway/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let pool: WorkerPool;
beforeAll(() => {
  pool = createWorkerPool({ threads: 1, maxQueue: 100 });
});
afterAll(() => pool.close());

interface Served {
  readonly gateway: Gateway;
  readonly events: string[];
  /** The next open gives this version. */
  readonly source: { version: string };
}

/** Datasets `air` and `secret`; what is opened, read and closed is written down. */
async function serve(guards: readonly DatasetGuard[] = [], options: object = {}): Promise<Served> {
  const events: string[] = [];
  const source = { version: "1" };
  const memory = definePlugin({
    name: "memory",
    prefix: "",
    options: { parse: (input) => input },
    setup: () => ({
      guards,
      providers: [
        {
          name: "memory",
          async *ids() {
            yield* ["air", "secret"];
          },
          open: async (id) => (["air", "secret"].includes(id) ? dataset(id, source, events) : undefined),
        },
      ],
    }),
  });
  const plugins: readonly Plugin<unknown>[] = [memory, views, catalogs, zarr, info];
  const gateway = await createGateway({
    plugins: plugins.map((plugin) => ({ plugin, ...(plugin.name === "views" && { options }) })),
    cache: createByteCache(16 * 1024 * 1024),
    pool,
    log: createLog({ level: "silent" }),
    limits: { checkEveryMs: 0 },
  });
  return { gateway, events, source };
}

function dataset(id: string, source: { readonly version: string }, events: string[]): Dataset {
  const { version } = source;
  events.push(`open ${id}`);
  /** Values count along x. */
  const numbers = (name: string, dims: readonly string[], chunk: number): [string, Variable] => {
    const inner = dims.length === 1 ? [] : [4];
    const read: ChunkSource["read"] = async ([index = 0]) => {
      events.push(`read ${name} ${index}`);
      const width = dims.length === 1 ? 1 : 4;
      const values = Float64Array.from(
        { length: chunk * width },
        (_, at) => index * chunk + Math.floor(at / width),
      );
      return { shape: [chunk, ...inner], values };
    };
    const grid = { shape: [100, ...inner], chunkShape: [chunk, ...inner] };
    return [name, { name, dims, attrs: {}, source: { dtype: "float64", grid, fill: null, read } }];
  };
  return {
    attrs: { title: id },
    variables: new Map([numbers("x", ["x"], 100), numbers("t", ["x", "y"], 10)]),
    groups: new Map(),
    version,
    versionCoversChunks: true,
    isCurrent: async () => source.version === version,
    close: async () => {
      events.push(`close ${id} ${version}`);
    },
  };
}

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe("views over HTTP", () => {
  it("are datasets with every route, in either form of URL and any encoding", async () => {
    const { gateway } = await serve();
    const paths = [
      "/datasets/air@sel(x=20:40)/zarr/zarr.json",
      "/datasets/air@sel(x=20:40).zarr/zarr.json",
      "/datasets/air%40sel%28x%3D20%3A40%29.zarr/zarr.json",
      "/datasets/air@sel(x=20.0:40)/zarr/",
    ];
    const answers = await Promise.all(paths.map((path) => gateway.request(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.slice(0, 3).map(({ headers }) => headers.get("etag"))).size).toBe(1);
    expect(await json(await gateway.request("/datasets/air@sel(x=20:40)/keys"))).toEqual(["x", "t"]);
    await gateway.close();
  });

  it("share everything where they are equal, however they are written", async () => {
    const { gateway, events } = await serve();
    const [first, second] = await Promise.all([
      gateway.request("/datasets/air@isel(x=5:25).zarr/t/c/0/0"),
      gateway.request("/datasets/air@isel(x=+5:25:1).zarr/t/c/0/0"),
    ]);
    expect(first.headers.get("etag")).toBe(second.headers.get("etag"));
    expect(events.filter((event) => event.startsWith("read t"))).toEqual(["read t 0", "read t 1"]);
    const again = await gateway.request("/datasets/air@isel(x=5:25).zarr/t/c/0/0", {
      headers: { "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    await gateway.close();
  });

  it("read coordinates at most for metadata, HEAD and ?explain", async () => {
    const { gateway, events } = await serve();
    await gateway.request("/datasets/air@sel(x=20:40).zarr/zarr.json");
    await gateway.request("/datasets/air@sel(x=20:40).zarr/t/c/0/0", { method: "HEAD" });
    const explained = await json(await gateway.request("/datasets/air@sel(x=20:40).zarr/t/c/1/0?explain"));
    expect(explained).toMatchObject({
      view: "sel(x=20:40)",
      variable: "t",
      chunk: [1, 0],
      isPassedOn: false,
      isAllowed: true,
      reads: { chunks: 1, bytes: 320 },
    });
    expect(events.filter((event) => event.startsWith("read"))).toEqual(["read x 0"]);
    expect((await gateway.request("/datasets/air@sel(x=20:40).zarr/t/c/9/0?explain")).status).toBe(404);
    await gateway.close();
  });

  it("are not listed, hold what they are made of open, and follow it", async () => {
    const { gateway, events, source } = await serve();
    const before = await json(await gateway.request("/datasets/air@isel(x=0:9)/info"));
    expect(await gateway.ids()).toEqual(["air", "secret"]);
    const first = (await gateway.request("/datasets/air@isel(x=0:9).zarr/t/c/0/0")).headers.get("etag");
    source.version = "2";
    const second = (await gateway.request("/datasets/air@isel(x=0:9).zarr/t/c/0/0")).headers.get("etag");
    expect(before).toBeDefined();
    expect(second).not.toBe(first);
    expect(events.filter((event) => event.startsWith("open"))).toEqual(["open air", "open air"]);
    await gateway.close();
    expect(events).toContain("close air 2");
  });

  it("are no way around the guards of what they are made of", async () => {
    const asked: string[] = [];
    const guard: DatasetGuard = (id) => {
      asked.push(id);
      if (id === "secret") throw new GatewayError("forbidden", "not for you");
    };
    const { gateway, events } = await serve([guard]);
    for (const id of [
      "secret",
      "secret@isel(x=0)",
      "secret@sel(x=1)@round(3)",
      "secret%40isel(x=0).zarr",
      "air@minus(secret)",
      "air@minus(air@minus(secret))",
    ])
      expect((await gateway.request(`/datasets/${id}/zarr.json`)).status).toBe(403);
    expect((await gateway.request("/datasets/air@isel(x=0)/zarr/zarr.json")).status).toBe(200);
    expect(new Set(asked)).toEqual(new Set(["secret", "air"]));
    expect(events).not.toContain("open secret");
    await gateway.close();
  });

  it("answer 413 with the estimate before anything is read", async () => {
    const { gateway, events } = await serve([], { maxReadBytes: "500B" });
    const url = "/datasets/air@chunk(x=-1).zarr/t/c/0/0";
    const answer = await gateway.request(url);
    expect([answer.status, (await json(answer))["code"]]).toEqual([413, "too_large"]);
    expect(String((await json(await gateway.request(url)))["detail"])).toMatch(
      /"t" would take 10 chunks of the original with 3.1 KiB, at most 500 bytes/,
    );
    expect(await json(await gateway.request(`${url}?explain`))).toMatchObject({ isAllowed: false });
    expect(events.filter((event) => event.startsWith("read"))).toEqual([]);
    await gateway.close();
  });

  it.each([
    ["air@", 400, /position 0/],
    ["air@sel(x=20:40", 400, /position 11/],
    ["air@foo(x)", 400, /no operation "foo"/],
    ["air@sel(y=1)", 400, /"y" has no coordinate: isel\(y=0\).*position 4/],
    ["air@sel(z=1)", 400, /no dimension or coordinate "z".*The dataset has x, y.*position 4/],
    ["air@sel(x=1000)", 400, /"x" has no label 1000, the nearest is 99.*position 6/],
    ["air@sel(x=200:300)", 400, /selects nothing.*from 0 to 99/],
    ["air@sel(x=40:20)", 400, /the lower end is written first/],
    ["air@sel(x=north)", 400, /"x" is told by a number, not by "north"/],
    ["air@isel(x=100)", 400, /"x" has 100 positions, 100 is none of them/],
    ["air@isel(x=50:50)", 400, /selects nothing/],
    ["air@vars(tt)", 400, /no variable "tt", did you mean "t"/],
    ["air@vars(__proto__)", 400, /no variable "__proto__"/],
    ["air@chunk(constructor=1)", 400, /no dimension "constructor"/],
    ["air@isel(x=0)@sel(x=0)", 400, /"x" is a single value/],
    ["nope@isel(x=0)", 404, /Dataset 'nope' not found/],
    ["air@isel(x=0)%00", 404, /./],
    ["@isel(x=0)", 404, /./],
    [`air@${"isel(x=0:90)@".repeat(15)}isel(x=0)`, 200, /./],
    [`air@vars(${"é".repeat(1000)})`, 400, /no variable/],
  ])("%s is answered %i", async (id, status, message) => {
    const { gateway } = await serve();
    const started = performance.now();
    const answer = await gateway.request(`/datasets/${id}/zarr/zarr.json`);
    expect(performance.now() - started).toBeLessThan(2000);
    const { detail, zarr_format: format } = await json(answer);
    expect([answer.status, String(detail ?? format)]).toEqual([status, expect.stringMatching(message)]);
    await gateway.close();
  });
});
