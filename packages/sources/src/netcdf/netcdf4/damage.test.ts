import { createChunkCoder } from "@zarr-gateway/codecs";
import { chunkCounts } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { describe, expect, it, vi } from "vitest";
import { goldenBytes, goldenNames, memoryAccess, variablesOf } from "./fixtures/golden.ts";
import { openNetcdf4 } from "./open-netcdf4.ts";

// whoever damages a file on purpose also mends its checksums: what lies behind them has to hold by itself
vi.mock("../hdf5/checksum.ts", () => ({ CHECKSUM_BYTES: 4, assertChecksum: () => undefined }));

const noPool: WorkerPool = {
  run: () => Promise.reject(new GatewayError("upstream", "no threads here")),
  queued: 0,
  running: 0,
  close: () => Promise.resolve(),
};
const coder = createChunkCoder({ maxChunkBytes: 16 * 1024 * 1024 });
const location = new URL("https://example.org/a.nc"); // not local: the HDF5 library is out of the game

const openBytes = (bytes: Uint8Array) => openNetcdf4(memoryAccess(bytes), { location, pool: noPool, coder });

/** Park and Miller: the same damage in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

function damage(original: Uint8Array, random: () => number): Uint8Array {
  const bytes = new Uint8Array(original); // a copy: `slice` of a Buffer is a view
  const reach = random() < 0.5 ? Math.min(6000, bytes.length) : bytes.length;
  for (let flips = Math.ceil(8 * random()); flips > 0; flips -= 1) {
    const kind = random();
    bytes[Math.floor(reach * random())] = kind < 0.3 ? 0xff : kind < 0.5 ? 0 : Math.floor(256 * random());
  }
  return random() < 0.15 ? bytes.subarray(0, Math.floor(bytes.length * random())) : bytes;
}

async function readEverything(bytes: Uint8Array): Promise<void> {
  const dataset = await openBytes(bytes);
  for (const [, { grid, stored, read }] of variablesOf(dataset)) {
    const counts = chunkCounts(grid);
    if (counts.includes(0)) continue;
    await read(counts.map(() => 0)).catch(expectGatewayError);
    await stored?.stat(counts.map((count) => count - 1)).catch(expectGatewayError);
  }
}

function expectGatewayError(error: unknown): void {
  if (!isGatewayError(error)) throw error;
  expect(["upstream", "unsupported"]).toContain(error.code);
}

describe("a damaged HDF5 file", () => {
  it.each(goldenNames())("gives errors, never a crash, a hang or a huge allocation: %s", async (name) => {
    const original = goldenBytes(name);
    const random = seeded(name.length * 7919 + 1);
    const before = process.memoryUsage.rss();
    const end = Date.now() + 1500;
    for (let round = 0; round < 60 && Date.now() < end; round += 1) {
      const start = performance.now();
      await readEverything(damage(original, random)).catch(expectGatewayError);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(600 * 1024 * 1024);
  });

  it("says by how much it is truncated", async () => {
    const bytes = goldenBytes("netcdf4.nc");
    const opened = openBytes(bytes.subarray(0, bytes.length - 100));
    await expect(opened).rejects.toMatchObject({
      code: "upstream",
      message: `truncated: the file has ${bytes.length - 100} bytes, its superblock says ${bytes.length}`,
    });
  });

  it("is told from a file that is no HDF5", async () => {
    await expect(openBytes(new Uint8Array(2000))).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("a variable of a declared size beyond any file", () => {
  it("costs nothing until it is read, and then only what was written", async () => {
    const access = memoryAccess(goldenBytes("index-latest.h5"));
    const dataset = await openNetcdf4(access, { location, pool: noPool, coder });
    const { source } = dataset.variables.get("empty")!; // the file has it
    expect(source.grid.shape).toEqual([10 ** 12, 10 ** 12]);
    expect(await source.read([5 * 10 ** 10, 7])).toBeUndefined();
  });
});

describe("what netCDF refuses", () => {
  it("is left out with a reason, and the rest is there", async () => {
    const dataset = await openBytes(goldenBytes("refused.h5"));
    expect([...dataset.variables.keys()]).toEqual(["a", "of_committed"]);
    expect(dataset.variables.get("a")?.attrs).toEqual({
      matrix: [
        [0n, 1n],
        [2n, 3n],
      ],
      empty: [],
      bool: 1n,
    });
    expect(dataset.warnings?.map(({ path }) => path).sort()).toEqual([
      "/a",
      "/g/dangling",
      "/g/external",
      "/g/loop",
      "/g/self",
      "/nothing",
    ]);
  });
});

describe("a coordinate that grew step by step", () => {
  it("is published as one chunk", async () => {
    const dataset = await openBytes(goldenBytes("steps.nc"));
    const { source } = dataset.variables.get("time")!; // the file has it
    expect(source.grid).toEqual({ shape: [30], chunkShape: [30] });
    expect((await source.read([0]))?.values).toEqual(Float64Array.from({ length: 30 }, (_, i) => i));
  });
});

describe("a chunk for which filters were skipped", () => {
  it("goes out coded like its neighbours, and has no address", async () => {
    const dataset = await openBytes(goldenBytes("filters.h5"));
    const { stored, grid, dtype, fill, read } = dataset.variables.get("masked")!.source; // the file has it
    if (!stored?.locate) throw new Error("stored chunks were expected");
    const bytes = await stored.read([0, 1]);
    const encoding = { dtype, grid, fill, codecs: stored.codecs };
    expect(await coder.decode(encoding, [0, 1], bytes!)).toEqual(await read([0, 1])); // the chunk was written
    expect([await stored.locate([0, 1]), (await stored.locate([0, 0]))?.length]).toEqual([
      undefined,
      expect.any(Number),
    ]);
    expect(await stored.read([0, 1], { range: { offset: 2, length: 3 } })).toEqual(bytes?.subarray(2, 5));
  });
});
