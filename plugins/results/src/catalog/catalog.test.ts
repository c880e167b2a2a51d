import type { ChunkSource, Dataset, Variable } from "@zarr-gateway/dataset";
import { type JobRecord, jobState } from "@zarr-gateway/jobs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CatalogServer, startCatalogServer } from "../testing/catalog-server.ts";
import { type JobBench, jobBench, putStore } from "../testing/job-bench.ts";
import { catalogHeaders } from "./catalog-headers.ts";
import { type CatalogTemplates, catalogTemplates } from "./catalog-options.ts";
import { catalogStep } from "./catalog-step.ts";
import { assertCatalogAllowed, catalogUrl } from "./catalog-url.ts";
import { catalogValues } from "./catalog-values.ts";
import { fillTemplate, laidOver } from "./fill-template.ts";

let server: CatalogServer;
beforeEach(async () => {
  server = await startCatalogServer();
});
afterEach(() => server.close());

function coordinate(name: string, values: readonly number[], attrs: Record<string, string>): Variable {
  const source: ChunkSource = {
    dtype: "float64",
    grid: { shape: [values.length], chunkShape: [values.length] },
    fill: null,
    read: async () => ({ shape: [values.length], values: Float64Array.from(values) }),
  };
  return { name, dims: [name], attrs, source };
}

function field(name: string, shape: readonly number[]): Variable {
  const source: ChunkSource = {
    dtype: "float32",
    grid: { shape, chunkShape: shape },
    fill: 0,
    read: async () => undefined,
  };
  return { name, dims: ["time", "lead_time"], attrs: {}, source };
}

/** From 2026-01-01T06:00Z, with leads of 0, 6 and 12 hours. */
const forecast: Dataset = {
  attrs: { title: "A forecast" },
  groups: new Map(),
  variables: new Map(
    [
      coordinate("time", [6], {
        units: "hours since 2026-01-01",
        standard_name: "forecast_reference_time",
        calendar: "standard",
      }),
      coordinate("lead_time", [0, 6, 12], { units: "hours", standard_name: "forecast_period" }),
      coordinate("lat", [-10, 0, 10], { units: "degrees_north" }),
      coordinate("lon", [20, 30, 40], { units: "degrees_east" }),
      field("t2m", [1, 3]),
    ].map((variable) => [variable.name, variable]),
  ),
};

const templates: CatalogTemplates = catalogTemplates.parse({
  bench: {
    kind: "geocatalog",
    collectionId: "made-{uuid}",
    collection: { license: "CC-BY-4.0" },
    item: { properties: { "forecast:reference_datetime": "{reference}" }, links: null },
    renders: [
      {
        id: "auto-t2m",
        name: "t2m",
        type: "raster-tile",
        options: "assets=data&subdataset_name=t2m",
        minZoom: 0,
      },
    ],
  },
});

async function entering(
  settings: { url: string; template?: string; collection?: string },
  options: { isRetried?: boolean } = {},
) {
  const late = Promise.withResolvers<JobBench>();
  const said: string[] = [];
  const bench: JobBench = await jobBench({
    run: (folder) => putStore(folder),
    calls: [{ step: "results.catalog", settings: { template: "bench", ...settings } }],
    steps: [
      {
        ...catalogStep({
          engine: { get: async (id) => (await late.promise).engine.get(id) },
          open: async () => forecast,
          allow: [new URL(`${server.url}/geo/`), new URL(`${server.url}/stac-api/`)],
          templates,
          headers: catalogHeaders([
            {
              prefix: new URL(`${server.url}/`),
              kind: "http",
              values: { headers: { authorization: "Bearer secret" } },
            },
          ]),
          publicUrl: "https://gateway.example.org",
          pollMs: 1,
          maxPollMs: 2000,
        }),
        retry: { maxAttempts: options.isRetried === true ? 3 : 1, delayMs: 300 },
      },
    ],
    logs: {
      append: (_attempt, text) => said.push(text),
      list: async () => [],
      read: async () => undefined,
      remove: async () => {},
      close: async () => {},
    },
  });
  late.resolve(bench);
  return { bench, said };
}

it("the area of a result that crosses the antimeridian is two polygons, and not the rest of the world", async () => {
  const job = { id: "exec_1", definition: "bench", createdAt: 0 } as unknown as JobRecord; // all that is looked at
  const variables = new Map(forecast.variables);
  variables.set("lon", coordinate("lon", [170, 180, 190], { units: "degrees_east" }));
  const subject = { job, dataset: { ...forecast, variables }, href: "https://a", mediaType: "a/b" };
  const { bbox, geometry } = await catalogValues(subject, {});
  const [west = 0, , east = 0] = bbox as number[]; // of a box
  expect(west).toBeGreaterThan(east);
  expect(geometry).toMatchObject({ type: "MultiPolygon" });
});

describe("a result in a GeoCatalog", () => {
  it("has its collection, how it is drawn and an item with the times that its data are for", async () => {
    const { bench, said } = await entering({ url: `${server.url}/geo/` });
    await using _ = bench;
    const job = await bench.ended(await bench.submit("exec_1"));
    expect(jobState(job)).toBe("succeeded");
    const output = job.tasks[0]?.steps[2]?.output as { collection: string; item: string }; // of the step
    expect(output.collection).toMatch(
      /^made-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(server.collections.get(output.collection)).toMatchObject({
      type: "Collection",
      license: "CC-BY-4.0",
      title: "bench",
    });
    const path = `stac/collections/${output.collection}`;
    expect(server.writes).toEqual([
      "POST /geo/stac/collections",
      `PUT /geo/${path}/configurations/tile-settings`,
      `POST /geo/${path}/configurations/render-options`,
      `POST /geo/${path}/items`,
    ]);
    expect(server.items.get(output.item)).toMatchObject({
      type: "Feature",
      collection: output.collection,
      bbox: [expect.any(Number), -10, expect.any(Number), 10],
      properties: {
        datetime: "2026-01-01T06:00:00Z",
        start_datetime: "2026-01-01T06:00:00Z",
        end_datetime: "2026-01-01T18:00:00Z",
        "forecast:reference_datetime": "2026-01-01T06:00:00Z",
      },
      assets: {
        data: { href: "https://gateway.example.org/datasets/exec_1/zarr", type: "application/vnd.zarr" },
      },
    });
    expect(server.items.get(output.item)).not.toHaveProperty("links");
    expect([...server.tokens]).toEqual(["Bearer secret"]);
    expect(said.join("")).toContain("entering");
  });

  it("is entered again without harm, into a collection that is there", async () => {
    const { bench } = await entering({ url: `${server.url}/geo/`, collection: "known" });
    await using _ = bench;
    for (const id of ["exec_1", "exec_2"])
      expect(jobState(await bench.ended(await bench.submit(id)))).toBe("succeeded");
    expect([...server.collections.keys()]).toEqual(["known"]);
    expect(server.configurations.get("known configurations/render-options")).toHaveLength(1);
    expect(server.items.size).toBe(2);
  });

  it("whose ingestion fails is a failed job that says why, and is tried again", async () => {
    server.outcome = "Failed";
    const { bench } = await entering({ url: `${server.url}/geo/` });
    await using _ = bench;
    const job = await bench.ended(await bench.submit("exec_1"));
    expect(job.tasks[0]?.steps[2]).toMatchObject({ state: "failed", error: { code: "upstream" } });
    expect(job.tasks[0]?.steps[2]?.error?.message).toContain("the asset cannot be read");
    const retried = await entering({ url: `${server.url}/geo/` }, { isRetried: true });
    await using _again = retried.bench;
    const id = await retried.bench.submit("exec_2");
    while ((await retried.bench.record(id)).tasks[0]?.steps[2]?.error === undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    server.outcome = "Succeeded";
    expect(jobState(await retried.bench.ended(id))).toBe("succeeded");
  });
});

describe("a result in a STAC API", () => {
  it("is posted, and put where it is there already", async () => {
    const { bench } = await entering({ url: `${server.url}/stac-api/`, template: "none" });
    await using _ = bench;
    await bench.ended(await bench.submit("exec_1"));
    expect(server.writes).toEqual(["POST /stac-api/collections", "POST /stac-api/collections/bench/items"]);
    const [id] = server.items.keys();
    expect(id).toMatch(/^bench-2026-01-01T06-/);
    // STAC's schema of items wants it beside the name of the collection
    expect(server.items.get(id ?? "")).toMatchObject({
      collection: "bench",
      links: [{ rel: "collection", href: `${server.url}/stac-api/collections/bench` }],
    });
    const { bench: second } = await entering({ url: `${server.url}/stac-api/`, template: "none" });
    await using _second = second;
    await second.ended(await second.submit("exec_1"));
    expect(server.writes.at(-1)).toBe(`PUT /stac-api/collections/bench/items/${id}`);
  });

  it("gets no token where it is not allowed", async () => {
    const { bench } = await entering({ url: `${server.url}/other/` });
    await using _ = bench;
    const job = await bench.ended(await bench.submit("exec_1"));
    expect(job.tasks[0]?.steps[2]?.error).toMatchObject({ code: "forbidden" });
    expect(server.tokens.size).toBe(0);
    const allow = [new URL("https://geo.example.org/a/")];
    for (const bad of [
      "https://geo.example.org.evil.org/a/",
      "http://geo.example.org/a/",
      "https://geo.example.org/ab",
      "https://geo.example.org/a/../b",
    ])
      expect(() => assertCatalogAllowed(catalogUrl(bad), allow)).toThrow(/no catalog/);
    expect(() => catalogUrl("https://user:x@geo.example.org/a/")).toThrow(/without user/);
  });
});

describe("a template", () => {
  it("is laid over what is usual and filled in", () => {
    expect(laidOver({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 3, c: null }, d: [2] })).toEqual({
      a: { b: 3 },
      d: [2],
    });
    expect(
      fillTemplate({ x: "{list}", y: ["{name}-{number}"], z: 1 }, { list: [1], name: "n", number: 2 }),
    ).toEqual({ x: [1], y: ["n-2"], z: 1 });
    expect(() => fillTemplate("{nothing}", { name: "n" })).toThrow(/uses \{nothing\}; there are name/);
  });
});
