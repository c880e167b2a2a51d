import { GatewayError } from "@zarr-gateway/primitives";
import { beforeEach, describe, expect, it } from "vitest";
import { FolderIndex, locationOf } from "./folder-index.ts";
import { locationPattern } from "./location.ts";
import { type LocationScanner, rememberedScans, type Scanned, scanAgainAfterMs } from "./location-scanner.ts";
import { locationEntry, memberLister } from "./member-locations.ts";
import { publishedFolders } from "./published-folders.ts";

let clock = 0;
let scans: string[] = [];
let answer: () => Scanned;
const scanner: LocationScanner = async (folder) => {
  scans.push(folder.href);
  return Promise.resolve(answer());
};
const found = (...paths: string[]): Scanned => ({
  found: paths.map((path) => ({ path, isFolder: path.endsWith(".zarr") })),
  listings: 2,
});
beforeEach(() => {
  clock = 0;
  scans = [];
  answer = () => found("a b.nc", "x/y.zarr");
});

async function indexOf(path: string, watch = true): Promise<FolderIndex> {
  return new FolderIndex({
    folders: await publishedFolders([{ path, id: "{path}", watch }]),
    scan: scanner,
    reserved: new Set(),
    allow: [],
    checkEveryMs: 2000,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: () => clock,
  });
}

describe("a folder in a bucket", () => {
  it("publishes what it holds under ids as local folders do", async () => {
    const index = await indexOf("s3://bucket/some%20folder/");
    await index.refresh();
    expect([...index.byId].map(([id, dataset]) => [id, locationOf(dataset).href])).toEqual([
      ["a-b", "s3://bucket/some%20folder/a%20b.nc"],
      ["x.y", "s3://bucket/some%20folder/x/y.zarr"],
    ]);
  });

  it("is listed once in a minute, or in as many seconds as it took requests", async () => {
    const index = await indexOf("s3://bucket/");
    for (clock of [0, 59_999, 60_000]) await index.refresh();
    expect(scans).toHaveLength(2);
    expect(scanAgainAfterMs({ listings: 300 }, 2000)).toBe(300_000);
    expect(scanAgainAfterMs({ listings: 1 }, 3_600_000)).toBe(3_600_000);
    expect(scanAgainAfterMs({ listings: 0 }, 2000)).toBe(2000);
  });

  it("is listed once for ever without watch, and soon again where it failed", async () => {
    const once = await indexOf("az://container/", false);
    for (clock of [0, 1e9]) await once.refresh();
    expect(scans).toHaveLength(1);
    answer = () => {
      throw new GatewayError("upstream", "no listing");
    };
    const failing = await indexOf("gs://bucket/x");
    for (clock of [0, 9999, 10_000]) await failing.refresh();
    expect(scans).toHaveLength(3);
    expect(failing.failure?.message).toBe("no listing");
  });

  it("keeps its datasets while it cannot be listed", async () => {
    const index = await indexOf("s3://bucket/");
    await index.refresh();
    answer = () => {
      throw new GatewayError("upstream", "no listing");
    };
    clock = 60_000;
    await index.refresh();
    expect([...index.byId.keys()]).toEqual(["a-b", "x.y"]);
  });

  it("cannot be one of a web server", async () => {
    await expect(indexOf("https://host/data/")).rejects.toMatchObject({ code: "unsupported" });
    await expect(indexOf("https://host/data/")).rejects.toThrow(
      /folders\[0\]\.path: .*do not tell what they have/,
    );
  });
});

describe("a pattern in a bucket", () => {
  it("begins at the first part with a wildcard; what is escaped is none", () => {
    expect(locationPattern("s3://b/data%20set/tas_*/[ab]%5B1%5D%20x.nc")).toEqual({
      folder: new URL("s3://b/data%20set/"),
      match: "tas_*/[ab][[]1] x.nc",
    });
    for (const one of ["s3://b/x%2A.nc", "https://h/x*.nc", "s3://b", "reference::s3://b/*.json"])
      expect(locationPattern(one)).toBeUndefined();
  });

  it("names members by their URLs, listed once in a minute however often they are asked for", async () => {
    const list = memberLister(rememberedScans(scanner, { checkEveryMs: 2000, now: () => clock }));
    const entries = [locationEntry("s3://b/data/**/*", true), locationEntry("s3://b/one.nc", true)];
    for (clock of [0, 59_999]) {
      expect((await list(entries, {})).map(({ id }) => id)).toEqual([
        "s3://b/data/a%20b.nc",
        "s3://b/data/x/y.zarr",
        "s3://b/one.nc",
      ]);
    }
    expect(scans).toEqual(["s3://b/data/"]);
    clock = 60_000;
    await list(entries, {});
    expect(scans).toHaveLength(2);
  });

  it("is a whole folder where files are combined and it ends in a slash", () => {
    expect(locationEntry("s3://b/data/", true)).toMatchObject({ kind: "folder", match: undefined });
    expect(locationEntry("s3://b/data/", false).kind).toBe("single");
    expect(locationEntry("s3://b/data.zarr/", true).kind).toBe("single");
    expect(locationEntry("https://h/data/", true).kind).toBe("single");
  });
});
