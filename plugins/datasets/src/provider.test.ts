import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "@zarr-gateway/dataset";
import type { Log } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderIndex } from "./folder-index.ts";
import type { LocationRequest } from "./location-request.ts";
import { locationScanner, rememberedScans } from "./location-scanner.ts";
import { memberLister } from "./member-locations.ts";
import { datasetsOptions } from "./options.ts";
import { datasetsProvider } from "./provider.ts";
import { publishedFolders } from "./published-folders.ts";

let root: string;
let clock = 0;
let warnings: string[] = [];
let requests: LocationRequest[] = [];
const log: Log = {
  debug() {},
  info() {},
  error() {},
  warn: (_fields, message) => void warnings.push(message),
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "provider-"));
  clock = 0;
  warnings = [];
  requests = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const EMPTY: Dataset = { attrs: { title: "stored" }, variables: new Map(), groups: new Map(), version: "v1" };

/** A provider over the folder of the test; files whose name holds "bad" cannot be opened. */
async function createProvider(input: object = {}) {
  const options = datasetsOptions.parse({ folders: [{ path: root }], ...input });
  const scan = locationScanner({});
  const folders = new FolderIndex({
    folders: await publishedFolders(options.folders),
    scan,
    reserved: new Set(Object.keys(options.datasets)),
    allow: [],
    checkEveryMs: options.sources.checkEvery,
    log,
    now: () => clock,
  });
  return datasetsProvider({
    datasets: options.datasets,
    folders,
    openLocation: (request) => {
      requests.push(request);
      if (request.location.href.includes("bad"))
        return Promise.reject(new GatewayError("upstream", "damaged"));
      return Promise.resolve(EMPTY);
    },
    allow: undefined,
    listMembers: memberLister(rememberedScans(scan, { checkEveryMs: options.sources.checkEvery })),
  });
}

const add = (...names: string[]) => Promise.all(names.map((name) => writeFile(join(root, name), "")));
async function idsOf(provider: { ids(): AsyncIterable<string> }): Promise<string[]> {
  return Array.fromAsync(provider.ids());
}

describe("ids", () => {
  it("lists configured datasets first, then those of folders, and opens none", async () => {
    await add("b.nc", "a.nc");
    const provider = await createProvider({ datasets: { z: { location: "/elsewhere/z.nc" } } });
    expect(await idsOf(provider)).toEqual(["z", "a", "b"]);
    expect(requests).toEqual([]);
  });

  it("shows new files once checkEvery has passed, and not before", async () => {
    await add("a.nc");
    const provider = await createProvider();
    expect(await idsOf(provider)).toEqual(["a"]);
    await add("b.nc");
    clock = 1999;
    expect(await idsOf(provider)).toEqual(["a"]);
    clock = 2000;
    expect(await idsOf(provider)).toEqual(["a", "b"]);
  });

  it("keeps what it had where a folder cannot be read any more, and says so once", async () => {
    await add("a.nc");
    const provider = await createProvider();
    await idsOf(provider);
    await rename(root, `${root}-away`);
    clock = 5000;
    expect(await idsOf(provider)).toEqual(["a"]);
    clock = 10_000;
    await idsOf(provider);
    expect(warnings).toHaveLength(1);
    await expect(provider.open("b")).rejects.toMatchObject({ code: "upstream" });
    await rename(`${root}-away`, root);
  });

  it("tells of two files that would have the same id", async () => {
    await add("a.nc", "a.h5");
    expect(await idsOf(await createProvider())).toEqual(["a-h5", "a-nc"]);
    expect(warnings).toHaveLength(1);
  });

  it("takes a glob for several datasets", async () => {
    await add("a.nc", "b.h5");
    const provider = await createProvider({ folders: [{ path: `${root}/*.nc`, id: "x-{stem}" }] });
    expect(await idsOf(provider)).toEqual(["x-a"]);
  });
});

describe("open", () => {
  it("opens a file of a folder, and lets it read that folder only", async () => {
    await add("with space.nc");
    const provider = await createProvider();
    expect(await provider.open("with-space")).toBe(EMPTY);
    expect(requests.map(({ location }) => location.pathname.split("/").at(-1))).toEqual(["with%20space.nc"]);
    expect(requests[0]?.allow.map(({ pathname }) => pathname)).toEqual([root]);
  });

  it("knows nothing of other ids", async () => {
    const provider = await createProvider();
    expect(await provider.open("air")).toBeUndefined();
    expect(await provider.open("__proto__")).toBeUndefined();
  });

  it("finds a file that appeared since, and forgets one that has gone", async () => {
    await add("bad.nc");
    const provider = await createProvider();
    await expect(provider.open("bad")).rejects.toThrow("damaged");
    await rm(join(root, "bad.nc"));
    expect(await provider.open("bad")).toBeUndefined();
    await add("new.nc");
    clock = 2000;
    expect(await provider.open("new")).toBe(EMPTY);
  });

  it("does not look at the folder again for an id it knows", async () => {
    await add("a.nc");
    const provider = await createProvider();
    await idsOf(provider);
    await rename(root, `${root}-away`);
    clock = 60_000;
    expect(await provider.open("a")).toBe(EMPTY);
    await rename(`${root}-away`, root);
  });

  it("publishes as configured, under a version of its own", async () => {
    const attributes = { title: "mine", count: 3n };
    const provider = await createProvider({
      datasets: {
        air: { location: "/data/air.nc", format: "netcdf", attributes, compressor: { name: "gzip" } },
      },
    });
    const air = await provider.open("air");
    expect(air?.attrs).toEqual(attributes);
    expect(air?.compressor).toEqual({ name: "gzip", configuration: { level: 5 } });
    expect(air?.version).toMatch(/^v1-[0-9a-f]{12}$/);
    expect(requests).toEqual([
      { location: new URL("file:///data/air.nc"), allow: [new URL("file:///data/air.nc")], format: "netcdf" },
    ]);
  });

  it("says that the configuration does not fit, and closes what it opened", async () => {
    const provider = await createProvider({
      datasets: { air: { location: "/data/air.nc", group: "/forecast" } },
    });
    await expect(provider.open("air")).rejects.toMatchObject({
      code: "upstream",
      message: 'the configuration does not fit the dataset: there is no group "/forecast"',
    });
  });

  it("asks for a repository where a branch, tag or snapshot is wanted, and allows what the prefix stands before", async () => {
    const provider = await createProvider({
      datasets: {
        b: { location: "/data/repo", branch: "dev" },
        t: { location: "icechunk+file:///data/repo", format: "icechunk", tag: "v1" },
      },
      sources: { allow: ["/data"] },
    });
    await provider.open("b");
    await provider.open("t");
    expect(requests).toMatchObject([
      { location: new URL("file:///data/repo"), format: "icechunk", pin: { branch: "dev" } },
      { location: new URL("icechunk+file:///data/repo"), format: "icechunk", pin: { tag: "v1" } },
    ]);
  });

  it("opens the one file that a glob names; several need what combines them", async () => {
    await add("a_1.nc", "b_1.nc", "b_2.nc");
    await mkdir(join(root, "c_1.zarr"));
    const provider = await createProvider({
      datasets: {
        a: { location: `${root}/a_*.nc` },
        b: { location: `${root}/b_*.nc` },
        d: { location: `${root}/d_*` },
      },
    });
    expect(await provider.open("a")).toBe(EMPTY);
    await expect(provider.open("b")).rejects.toMatchObject({ code: "unsupported" });
    await expect(provider.open("d")).rejects.toMatchObject({ code: "upstream" });
  });
});
