import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Opener } from "@zarr-gateway/dataset";
import type { Host } from "@zarr-gateway/plugin";
import { createByteCache, createWorkerPool } from "@zarr-gateway/primitives";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import plugin from "./index.ts";

let root: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "datasets-"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(root, { recursive: true, force: true });
});

async function providerOf(options: object, contributed: readonly Opener[] = []) {
  const pool = createWorkerPool({ threads: 1, maxQueue: 10 });
  closers.push(() => pool.close());
  const quiet = () => undefined;
  const host: Host = {
    datasets: {
      ids: () => [][Symbol.iterator]() as never,
      open: () => Promise.reject(new Error()),
      lease: () => Promise.reject(new Error()),
      state: () => ({ state: "closed" }),
    },
    use: <T>() => (() => contributed) as T, // the plugin requires OpenersService alone
    find: () => undefined,
    cache: createByteCache(0),
    pool,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    baseUrl: () => "",
    plugins: () => [],
    admits: () => Promise.resolve(true),
  };
  const contribution = await plugin.setup(host, plugin.options.parse(options));
  if (contribution.close) closers.push(contribution.close);
  const provider = contribution.providers?.[0];
  if (provider === undefined) throw new Error("no provider");
  return provider;
}

/** A classic NetCDF file of one variable `v` on `x` of length 5, int32 0 to 4. */
function classicFile(first = 0): Buffer {
  const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer).swap32();
  const name = (letter: string) => [words(1), Buffer.from(`${letter}\0\0\0`)];
  const header = [Buffer.from("CDF\x01"), words(0, 10, 1), ...name("x"), words(5, 0, 0, 11, 1), ...name("v")];
  return Buffer.concat([...header, words(1, 0, 0, 0, 4, 20, 80), words(first, 1, 2, 3, 4)]);
}

describe("the datasets plugin", () => {
  it("asks the openers of other plugins too", async () => {
    await writeFile(join(root, "a.xyz"), "made up");
    const opener: Opener = {
      format: "xyz",
      accepts: (location) => location.pathname.endsWith(".xyz"),
      open: () =>
        Promise.resolve({ attrs: { title: "xyz" }, variables: new Map(), groups: new Map(), version: "1" }),
    };
    const provider = await providerOf({ datasets: { a: { location: join(root, "a.xyz") } } }, [opener]);
    expect((await provider.open("a"))?.attrs).toEqual({ title: "xyz" });
  });

  it("opens what lies in a folder, each by its own format", async () => {
    await writeFile(join(root, "a.nc"), classicFile());
    await mkdir(join(root, "b.zarr"));
    await writeFile(
      join(root, "b.zarr/zarr.json"),
      '{"zarr_format":3,"node_type":"group","attributes":{"title":"b"}}',
    );
    await writeFile(join(root, "old.hdf"), Buffer.from([0x0e, 0x03, 0x13, 0x01, 0, 0, 0, 0]));
    const provider = await providerOf({ folders: [{ path: root }] });
    expect(await Array.fromAsync(provider.ids())).toEqual(["a", "b", "old"]);
    const a = await provider.open("a");
    expect((await a?.variables.get("v")?.source.read([0]))?.values).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    expect((await provider.open("b"))?.attrs).toEqual({ title: "b" });
    await expect(provider.open("old")).rejects.toThrow(/HDF4/);
  });

  it("sees that a file has changed, and gives it another version", async () => {
    const path = join(root, "a.nc");
    await writeFile(path, classicFile());
    const provider = await providerOf({
      datasets: { a: { location: path, attributes: { title: "t" } } },
      sources: { checkEvery: 0 },
    });
    const before = await provider.open("a");
    expect(await before?.isCurrent?.()).toBe(true);
    await rm(path);
    await writeFile(path, classicFile(7));
    expect(await before?.isCurrent?.()).toBe(false);
    const after = await provider.open("a");
    expect(after?.version).not.toBe(before?.version);
    expect((await after?.variables.get("v")?.source.read([0]))?.values[0]).toBe(7);
  });

  it("follows the link that the configuration names, but none below an allowed folder that leads out of it", async () => {
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    closers.push(() => rm(outside, { recursive: true }));
    await writeFile(join(outside, "secret.nc"), classicFile());
    await symlink(join(outside, "secret.nc"), join(root, "link.nc"));
    const named = await providerOf({ datasets: { a: { location: join(root, "link.nc") } } });
    expect((await named.open("a"))?.variables.size).toBe(1);
    const confined = await providerOf({
      datasets: { a: { location: join(root, "link.nc") } },
      sources: { allow: [root] },
    });
    await expect(confined.open("a")).rejects.toMatchObject({ code: "forbidden" });
  });

  it.each([
    [{ folders: [{ path: "/no/such/folder" }] }, /folders\[0\]\.path: there is no folder/],
    [{ folders: [{ path: "https://example.org/data/" }] }, /expected a path, or a bucket/],
    [
      { datasets: { a: { location: "/etc/passwd" } }, sources: { allow: ["/data"] } },
      /datasets\.a\.location: not below any location of sources\.allow/,
    ],
  ])("stops the start on a configuration that cannot work: %j", async (options, message) => {
    await expect(providerOf(options)).rejects.toThrow(message);
  });
});
