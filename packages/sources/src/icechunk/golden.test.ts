import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { groupAt } from "@zarr-gateway/dataset";
import { fileStore } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { listVersions } from "./list-versions.ts";
import { openIcechunk } from "./open-icechunk.ts";
import { isIcechunkRepository } from "./repository.ts";
import { arraysOf, FIXTURES, readJson, valuesOf, virtualTargets } from "./test-repositories.ts";

const coder = createChunkCoder();
const V1 = new URL("v1/", FIXTURES).pathname;
const V2 = "/work/shared/data/icechunk-v2/";

interface ExpectedV1 {
  readonly pins: Record<
    string,
    { snapshot: string; arrays: Record<string, { shape: number[]; values: unknown[] | null }> }
  >;
  readonly versions: Record<string, { id: string; parent: string | null; time: string; message: string }[]>;
}
const v1 = await readJson<ExpectedV1>("v1.json");

describe("a repository of version 1, written by icechunk 1", () => {
  it.each(Object.entries(v1.pins))("has at %s what icechunk and zarr-python read", async (name, expected) => {
    const [kind = "", value = ""] = name.split(" ");
    const pin = { [kind]: kind === "snapshot" ? expected.snapshot : value };
    const dataset = await openIcechunk(fileStore(V1), { coder, virtual: virtualTargets(), ...pin });
    expect(dataset).toMatchObject({ version: expected.snapshot, immutable: kind !== "branch", warnings: [] });
    const arrays = arraysOf(dataset);
    expect([...arrays.keys()].sort()).toEqual(Object.keys(expected.arrays).sort());
    for (const [path, { shape, values }] of Object.entries(expected.arrays)) {
      const source = arrays.get(path);
      expect(source?.grid.shape, path).toEqual(shape);
      if (source && values) expect(await valuesOf(source), path).toEqual(values);
    }
    expect(await dataset.isCurrent?.()).toBe(true);
    await dataset.close?.();
  });

  it("keeps attributes, dimension names and nested groups", async () => {
    const dataset = await openIcechunk(fileStore(V1), { coder });
    expect(dataset.attrs).toEqual({ title: "tiny", level: 2n, scale: 1 });
    expect(dataset.variables.get("tas")).toMatchObject({
      dims: ["time", "lat", "lon"],
      attrs: { units: "K" },
    });
    expect(groupAt(dataset, ["model a", "deep"])?.attrs).toEqual({ run: 7n });
  });

  it.each(["main", "dev"])("tells the history of %s as icechunk does", async (branch) => {
    const versions = await listVersions(fileStore(V1), { branch });
    const listed = versions.map(({ id, message, time, parent }) => ({
      ...{ id, message },
      parent: parent ?? null,
      time: time.toISOString().replace("Z", "+00:00"),
    }));
    expect(listed).toEqual(v1.versions[branch]);
    expect(await listVersions(fileStore(V1), { branch, maxVersions: 2 })).toHaveLength(2);
    expect(versions[0]?.branches).toContain(branch);
    expect(versions.at(-1)).toMatchObject({ metadata: { __root: true }, tags: [] });
    expect(versions.flatMap(({ tags }) => tags)).not.toContain("withdrawn");
  });

  it("knows no branch, tag or snapshot that is not there, nor a tag that was deleted", async () => {
    const open = (pin: object) => openIcechunk(fileStore(V1), { coder, ...pin });
    for (const pin of [
      { branch: "x" },
      { tag: "main" },
      { tag: "withdrawn" },
      { snapshot: "0000000000000000000G" },
      { snapshot: "../x" },
    ]) {
      await expect(open(pin), JSON.stringify(pin)).rejects.toMatchObject({ code: "not_found" });
    }
    for (const pin of [{ branch: "a/b" }, { branch: "" }, { branch: "x", tag: "v1" }]) {
      await expect(open(pin), JSON.stringify(pin)).rejects.toMatchObject({ code: "invalid_request" });
    }
  });

  it("is recognised, and a Zarr store is not", async () => {
    expect(await isIcechunkRepository(fileStore(V1))).toBe(true);
    expect(await isIcechunkRepository(fileStore(new URL("v2-virtual", FIXTURES).pathname))).toBe(true);
    expect(await isIcechunkRepository(fileStore(new URL("../zarr/v3-plain.zarr", FIXTURES).pathname))).toBe(
      false,
    );
  });
});

interface ExpectedV2 {
  readonly pin: { readonly branch?: string; readonly tag?: string; readonly snapshot?: string };
  readonly arrays: Record<string, unknown[]>;
  readonly absent: readonly string[];
}

describe.skipIf(!existsSync(V2))("a repository of version 2, written by icechunk 2", () => {
  it.each(["main", "dev", "v1", "first"])("has at %s what icechunk reads", async (name) => {
    const text = await readFile(`${V2}expected.json`, "utf8");
    const expected = (JSON.parse(text) as Record<string, ExpectedV2>)[name]; // as its README says
    const dataset = await openIcechunk(fileStore(`${V2}repository`), { coder, ...expected?.pin });
    const arrays = arraysOf(dataset);
    expect([...arrays.keys()].sort()).toEqual(Object.keys(expected?.arrays ?? {}).sort());
    for (const [path, source] of arrays) expect(await valuesOf(source), path).toEqual(expected?.arrays[path]);
    for (const path of expected?.absent ?? []) expect(arrays.has(path), path).toBe(false);
    expect(dataset.immutable).toBe(expected?.pin.branch === undefined);
    expect(await dataset.isCurrent?.()).toBe(true);
  });

  it("tells its history", async () => {
    const versions = await listVersions(fileStore(`${V2}repository`), { branch: "dev" });
    expect(versions.map(({ message }) => message.split(":")[0])).toEqual([
      "dev",
      "second",
      "first",
      "Repository initialized",
    ]);
    expect(versions.map(({ branches }) => branches)).toEqual([["dev"], [], [], []]);
    expect(versions.flatMap(({ tags }) => tags)).toEqual(["v1"]);
    expect(versions.map(({ parent }) => parent)).toEqual([
      ...versions.slice(1).map(({ id }) => id),
      undefined,
    ]);
    await expect(openIcechunk(fileStore(`${V2}repository`), { coder, branch: "x" })).rejects.toThrow(
      /no branch "x", there are: dev, main/,
    );
    await expect(
      listVersions(fileStore(`${V2}repository`), { snapshot: "0000000000000000000G" }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
