import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import create, { type StacDocument } from "stac-js";
import validate from "stac-node-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyStore } from "../browser/tiny-store.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";
import { keptSchema } from "./stac-schemas.ts";

/** Beside the clone, where it is there: files of many models and instruments. */
const SAMPLES =
  process.env["ZARR_GATEWAY_SAMPLE_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

let folder: string;
let gateway: RunningGateway;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stac-"));
  await writeDatasets(folder);
  const configuration = join(folder, "gateway.yaml");
  const folders = [
    { path: folder },
    ...(existsSync(SAMPLES) ? [{ path: SAMPLES, id: "sample.{path}" }] : []),
  ];
  const catalog = {
    title: "Tiny",
    providers: [{ name: "Institute", roles: ["host"], url: "https://example.org" }],
    collections: "folder",
  };
  await writeFile(configuration, JSON.stringify({ folders, catalog }));
  gateway = await startGateway("serve", "-c", configuration);
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true });
});

async function writeDatasets(root: string): Promise<void> {
  const degrees = (direction: string, name: string) => ({
    standard_name: name,
    units: `degrees_${direction}`,
  });
  const lon = {
    dims: ["lon"],
    shape: [3],
    values: [170, 180, 190],
    attributes: degrees("east", "longitude"),
  };
  const lat = { dims: ["lat"], shape: [2], values: [-5, 5], attributes: degrees("north", "latitude") };
  const time = { units: "days since 2001-02-01", calendar: "360_day", standard_name: "time" };
  const values = [1, 2, 3, 4, 5, 6];
  await writeTinyStore(
    join(root, "dateline.zarr"),
    {
      lon,
      lat,
      time: { dims: ["time"], shape: [1], values: [29], attributes: time },
      v: {
        dims: ["time", "lat", "lon"],
        shape: [1, 2, 3],
        values,
        attributes: { units: "K", standard_name: "air_temperature" },
      },
    },
    { title: "Around the dateline", license: "CC-BY-4.0", doi: "10.1234/abcd", keywords: "a, b" },
  );
  await writeTinyStore(join(root, "numbers.zarr"), { v: { dims: ["n"], shape: [2], values: [1, 2] } });
  await writeFile(join(root, "damaged.nc"), "CDF\u0001 and then nothing that it says");
}

async function read(path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(path.startsWith("http") ? path : gateway.url + path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>; // an object, as every document of STAC
}

/** What the validator holds against documents, of the core and of each extension. */
async function findings(...documents: readonly object[]): Promise<unknown[]> {
  const { children } = await validate(documents, { loader: keptSchema, strict: false });
  return children.flatMap(({ id, messages, results }) =>
    [...messages, ...results.core, ...Object.values(results.extensions).flat()].map((found) => ({
      id,
      found,
    })),
  );
}

async function collectionOfAll(): Promise<StacDocument> {
  return create(await read("/stac-collection-all.json"));
}

describe("STAC documents", () => {
  it("are valid for stac-node-validator, every item with every extension that it names", async () => {
    const collection = await collectionOfAll();
    expect(await findings(await read("/stac-collection-all.json"))).toEqual([]);
    const items = collection.getItemLinks();
    expect(items.length).toBeGreaterThanOrEqual(2);
    const documents: object[] = [];
    for (const { href } of items) documents.push(await read(href));
    expect(await findings(...documents)).toEqual([]);
  }, 300_000);
  it("of the API are valid too", async () => {
    expect(await findings(await read("/stac"))).toEqual([]);
    const { collections } = (await read("/stac/collections")) as { collections: object[] }; // as the API has them
    expect(await findings(...collections)).toEqual([]);
    const { features } = (await read("/stac/search?limit=5")) as { features: object[] }; // the same
    expect(await findings(...features)).toEqual([]);
  }, 60_000);
  it("a wrong one is found", async () => {
    const item = await read("/datasets/dateline/stac");
    expect(await findings({ ...item, geometry: "here" })).not.toEqual([]);
    const properties = { ...(item["properties"] as object), "cube:dimensions": { lon: {} } };
    expect(await findings({ ...item, properties })).not.toEqual([]);
  });
  it("tell stac-js what they are", async () => {
    const collection = await collectionOfAll();
    expect(collection.getObjectType()).toBe("Collection");
    expect(collection.getSearchLink()).toBeFalsy();
    const item = create(await read("/datasets/dateline/stac"));
    expect(item.getObjectType()).toBe("Item");
    // two boxes: it crosses the antimeridian
    expect(item.toGeoJSON(true)?.geometry.type).toBe("MultiPolygon");
    expect(item.getTemporalExtent()?.map((date) => new Date(date ?? 0).toISOString().slice(0, 10))).toEqual([
      "2001-02-28",
      "2001-02-28",
    ]);
    expect(item.getAssetsWithRoles(["data"]).map((asset) => asset.getKey())).toContain("data");
    const data = item.getAsset("data");
    expect(data?.getAbsoluteUrl()).toBe(`${gateway.url}/datasets/dateline.zarr`);
    expect(data?.isType("application/vnd+zarr")).toBe(true);
    const api = create(await read("/stac"));
    expect(api.getSearchLink("POST")?.href).toBe(`${gateway.url}/stac/search`);
  });
  it("name what cannot be opened", async () => {
    const document = await read("/stac-collection-all.json");
    const [damaged] = document["gateway:unavailable"] as { id: string; reason: string }[]; // as the gateway writes it
    expect(damaged?.id).toBe("damaged");
    expect(damaged?.reason).toMatch(/./);
  });
});
