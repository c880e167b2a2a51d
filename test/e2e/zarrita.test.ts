import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FileSystemStore } from "@zarrita/storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as zarr from "zarrita";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

// Written by zarr-python.
const STORES = fileURLToPath(new URL("../../packages/sources/fixtures/zarr", import.meta.url));
const QUICKSTART = fileURLToPath(new URL("../../examples/quickstart/data", import.meta.url));

let stores: RunningGateway;
let quickstart: RunningGateway;
beforeAll(async () => {
  [stores, quickstart] = await Promise.all([
    startGateway("serve", STORES),
    startGateway("serve", QUICKSTART),
  ]);
});
afterAll(async () => {
  await Promise.all([stores.stop(), quickstart.stop()]);
});

interface Values {
  readonly shape: readonly number[];
  readonly data: unknown;
}

type Store = zarr.FetchStore | FileSystemStore;

async function read(store: Store, path: string): Promise<Values> {
  const array = await zarr.open(zarr.root(store).resolve(path), { kind: "array" });
  const { shape, data } = await zarr.get(array);
  return { shape, data: Array.from(data as Iterable<unknown>) }; // typed arrays of different stores, one comparison
}

/** Paths of the arrays that the consolidated document names. */
async function arraysOf(url: string): Promise<string[]> {
  const store = await zarr.withConsolidatedMetadata(new zarr.FetchStore(url));
  return store
    .contents()
    .filter((node) => node.kind === "array")
    .map((node) => node.path);
}

describe("zarrita reads what zarr-python wrote", () => {
  const names = readdirSync(STORES).filter((name) => name.endsWith(".zarr") && !name.includes("array"));

  it.each(names)("%s, with ranges from the start and from the end", async (name) => {
    const url = `${stores.url}/datasets/${name}`;
    const local = new FileSystemStore(`${STORES}/${name}`);
    const paths = await arraysOf(url);
    let compared = 0;
    for (const path of paths) {
      // zarrita itself cannot read some arrays from disk: it knows shard indexes at the end only.
      const expected = await read(local, path).catch(() => undefined);
      if (expected === undefined) continue;
      compared++;
      expect(await read(new zarr.FetchStore(url), path)).toEqual(expected);
      expect(await read(new zarr.FetchStore(url, { useSuffixRequest: true }), path)).toEqual(expected);
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe("zarrita reads the quick start", () => {
  it.each(["temperature", "surface", "wind"])("%s, in format 3 and in format 2 alike", async (id) => {
    const url = `${quickstart.url}/datasets/${id}`;
    const paths = await arraysOf(`${url}.zarr`);
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) {
      const values = await read(new zarr.FetchStore(`${url}.zarr`), path);
      expect(values.shape.reduce((product, length) => product * length, 1)).toBe(
        (values.data as unknown[]).length,
      );
      expect(await read(new zarr.FetchStore(`${url}/zarr2`), path)).toEqual(values);
    }
  });

  it("from a page of another origin: preflight, then a suffix range that scripts can read", async () => {
    const url = `${quickstart.url}/datasets/wind.zarr/zarr.json`;
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: {
        Origin: "https://viewer.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range",
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("range");
    const part = await fetch(url, { headers: { Origin: "https://viewer.example.org", Range: "bytes=-4" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("content-range");
  });
});

it("stops with 0 when asked", async () => {
  const gateway = await startGateway("serve", QUICKSTART);
  expect(await gateway.stop()).toBe(0);
});
