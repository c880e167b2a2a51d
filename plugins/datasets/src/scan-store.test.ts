import { GatewayError } from "@zarr-gateway/primitives";
import { type ByteStore, memoryStore } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { compileFolderGlob, compileGlob } from "./glob.ts";
import { type StoreScanOptions, scanStore } from "./scan-store.ts";

const KEYS = [
  "a.nc",
  "notes.txt",
  "refs.json",
  "other.json",
  ".hidden/b.nc",
  "one.zarr/zarr.json",
  "one.zarr/tas/inner.nc",
  "v2/.zgroup",
  "v2/tas/0.0",
  "v3/zarr.json",
  "ice/repo",
  "ice/snapshots/A",
  "ice/chunks/x.nc",
  "deep/er/b.h5",
  "deep/er/still/c.nc",
  "set.parq/.zmetadata",
];

/** A store of these keys, and what it was asked to list. */
function storeOf(keys: readonly string[] = KEYS): { store: ByteStore; asked: string[]; read: string[] } {
  const text = '{"version":1,"refs":{}}';
  const plain = memoryStore(
    Object.fromEntries(keys.map((key) => [key, new TextEncoder().encode(key === "refs.json" ? text : "{}")])),
  );
  const asked: string[] = [];
  const read: string[] = [];
  const store: ByteStore = {
    ...plain,
    get: (key, options) => {
      read.push(key);
      return plain.get(key, options);
    },
    list: (prefix, options) => {
      asked.push(prefix);
      return plain.list?.(prefix, options) ?? (async function* () {})();
    },
  };
  return { store, asked, read };
}

const scan = (store: ByteStore, options: Partial<StoreScanOptions> = {}) =>
  scanStore(store, { name: "data", ...options });
const pathsOf = async (...input: Parameters<typeof scan>): Promise<string[]> =>
  (await scan(...input)).found.map(({ path }) => path);

describe("a bucket", () => {
  it("holds the datasets that a local folder would, and no store's inside is listed", async () => {
    const { store, asked } = storeOf();
    expect(await pathsOf(store)).toEqual([
      "a.nc",
      "deep/er/b.h5",
      "deep/er/still/c.nc",
      "ice",
      "one.zarr",
      "refs.json",
      "set.parq",
      "v2",
      "v3",
    ]);
    expect(asked.sort()).toEqual(["", "deep", "deep/er", "deep/er/still", "ice", "set.parq", "v2", "v3"]);
  });

  it("is the dataset where it holds a store's metadata itself", async () => {
    const { store, asked } = storeOf(["zarr.json", "tas/zarr.json"]);
    expect((await scan(store)).found).toEqual([{ path: "data", isFolder: true, isRoot: true }]);
    expect(asked).toEqual([""]);
  });

  it("is listed only where something can fit the pattern", async () => {
    const { store, asked } = storeOf();
    const matching = (pattern: string) => ({
      isMatch: compileGlob(pattern),
      mayHold: compileFolderGlob(pattern),
    });
    expect(await pathsOf(store, matching("*.nc"))).toEqual(["a.nc"]);
    expect(asked).toEqual([""]);
    expect(await pathsOf(store, matching("deep/*/*.h5"))).toEqual(["deep/er/b.h5"]);
    expect(asked.slice(1)).toEqual(["", "deep", "deep/er"]);
  });

  it("has each JSON document looked into once, and again when it has come back", async () => {
    const { store, read } = storeOf();
    const references = new Map<string, boolean>();
    await scan(store, { references });
    expect(await pathsOf(store, { references })).toContain("refs.json");
    expect(read.sort()).toEqual(["other.json", "refs.json"]);
    await scan(storeOf(["a.nc"]).store, { references });
    expect(references.size).toBe(0);
  });

  it("counts pages of a thousand names, and stops at its limits", async () => {
    const many = storeOf(Array.from({ length: 2500 }, (_, number) => `f${number}.nc`)).store;
    expect((await scan(many)).listings).toBe(3);
    for (const limits of [{ maxListings: 2 }, { maxDatasets: 2000 }])
      await expect(scan(many, { limits })).rejects.toThrow(
        /"data" (holds|cannot be listed: .*holds) more than/,
      );
    await expect(scan(storeOf().store, { limits: { maxDepth: 1 } })).rejects.toThrow(/below 1 others/);
  });

  it("fails where a part fails, leaves out what is refused, and says what refusal of all means", async () => {
    const failing = (folder: string, code: "forbidden" | "upstream"): ByteStore => {
      const { store } = storeOf();
      return {
        ...store,
        list(prefix, options) {
          if (prefix === folder) throw new GatewayError(code, `"${folder}": no`);
          return store.list?.(prefix, options) ?? (async function* () {})();
        },
      };
    };
    const problems: string[] = [];
    const onProblem = ({ path }: { path: string }): number => problems.push(path);
    expect(await pathsOf(failing("deep", "forbidden"), { onProblem })).not.toContain("deep/er/b.h5");
    expect(problems).toEqual(["deep"]);
    await expect(scan(failing("deep", "upstream"))).rejects.toThrow('"deep": no');
    const refused = scan(failing("", "forbidden"));
    await expect(refused).rejects.toMatchObject({ code: "upstream" });
    await expect(refused).rejects.toThrow(
      /"data" cannot be listed: no; that takes the right to list \(S3: s3:ListBucket/,
    );
  });

  it("stops when nobody waits any more", async () => {
    const { store, asked } = storeOf();
    const controller = new AbortController();
    controller.abort();
    await expect(scan(store, { signal: controller.signal })).rejects.toThrow(/abort/);
    expect(asked).toEqual([]);
  });
});
