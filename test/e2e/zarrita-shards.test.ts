import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as zarr from "zarrita";
import { makeData } from "../../examples/quickstart/make-data.ts";
import { QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

const SHARDED = { chunks: { time: 2 }, shards: { time: 6 } };

let folder: string;
let gateway: RunningGateway;
beforeAll(async () => {
  await makeData(QUICKSTART);
  folder = await mkdtemp(join(tmpdir(), "shards-"));
  const location = join(QUICKSTART, "temperature.nc");
  const datasets = {
    stored: { location },
    compressed: { location, ...SHARDED },
    plain: { location, ...SHARDED, compressor: { name: "none" } },
  };
  await writeFile(join(folder, "gateway.yaml"), JSON.stringify({ datasets })); // YAML includes JSON
  gateway = await startGateway("serve", "-c", join(folder, "gateway.yaml"));
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

async function read(id: string, options = {}): Promise<{ sizes: readonly number[]; data: unknown[] }> {
  const store = await zarr.withConsolidatedMetadata(
    new zarr.FetchStore(`${gateway.url}/datasets/${id}.zarr`, options),
  );
  const paths = store.contents().filter(({ kind }) => kind === "array");
  const arrays = await Promise.all(
    paths.map(({ path }) => zarr.open(zarr.root(store).resolve(path), { kind: "array" })),
  );
  const [largest] = arrays.sort((a, b) => b.shape.length - a.shape.length);
  if (largest === undefined) throw new Error(`${id} has no arrays`);
  const { data } = await zarr.get(largest);
  return { sizes: largest.chunks, data: Array.from(data as Iterable<unknown>) }; // a typed array
}

describe("zarrita reads shards that are made while it asks", () => {
  it.each(["compressed", "plain"])("%s, with ranges from the start and from the end", async (id) => {
    const { data } = await read("stored");
    for (const options of [{}, { useSuffixRequest: true }]) {
      const sharded = await read(id, options);
      expect(sharded.sizes[0]).toBe(2);
      expect(sharded.data).toEqual(data);
    }
  });
});
