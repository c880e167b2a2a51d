import { mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { referencesOpener } from "./references-opener.ts";

const coder = createChunkCoder();

function arrayOf(settings: object = {}): string {
  const all = { zarr_format: 2, shape: [4], chunks: [2], dtype: "<i2", fill_value: null, order: "C" };
  return JSON.stringify({ ...all, filters: null, compressor: null, ...settings });
}

const folders: TemporaryFolder[] = [];

afterAll(async () => {
  await Promise.all(folders.map((folder) => folder.remove()));
});

async function newFolder(): Promise<string> {
  const folder = await temporaryFolder();
  folders.push(folder);
  return folder.path;
}

async function opened(
  refs: Record<string, unknown>,
  allow: readonly URL[] = [],
  folder?: string,
): Promise<{ readonly dataset: Dataset; readonly folder: string }> {
  const root = folder ?? (await newFolder());
  await writeFile(join(root, "set.json"), JSON.stringify({ ".zgroup": '{"zarr_format":2}', ...refs }));
  const location = pathToFileURL(join(root, "set.json"));
  const opener = referencesOpener({ stores: { allow: [location, ...allow] }, coder });
  return { dataset: await opener.open(location), folder: root };
}

async function valuesOf(dataset: Dataset, index: number, name = "x"): Promise<number[] | undefined> {
  const chunk = await dataset.variables.get(name)?.source.read([index]);
  return chunk && Array.from(chunk.values, Number);
}

describe("openReferences", () => {
  it("reads targets below the folder of the set, and parts that stand in the set", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "a.bin"), Int16Array.of(9, 1, 2, 9));
    const { dataset } = await opened(
      { "x/.zarray": arrayOf(), "x/0": ["a.bin", 2, 4], "x/1": "base64:AwAEAA==" },
      [],
      folder,
    );
    expect(await valuesOf(dataset, 0)).toEqual([1, 2]);
    expect(await valuesOf(dataset, 1)).toEqual([3, 4]);
    const stored = dataset.variables.get("x")?.source.stored;
    expect((await stored?.locate?.([1]))?.url.href).toBe("data:application/octet-stream;base64,AwAEAA==");
    expect((await stored?.locate?.([0]))?.url.href).toBe(pathToFileURL(join(folder, "a.bin")).href);
    await dataset.close?.();
  });

  it("takes what the set does not have for never written, and what it cannot read for a failure", async () => {
    const { dataset } = await opened({
      "x/.zarray": arrayOf({ shape: [20] }),
      "x/1": ["gone.bin", 0, 4],
      "x/2": ["set.json", 1e6, 4],
      "x/3": ["set.json", -1, 4],
      "x/4": ["set.json", 0, 1e15],
      "x/5": ["set.json", 0.5, 4],
      "x/6": ["set.json", 0],
      "x/7": [null, 0, 4],
      "x/8": 7,
      "x/9": null,
    });
    expect(await valuesOf(dataset, 0)).toBeUndefined();
    expect(await valuesOf(dataset, 9)).toBeUndefined();
    for (let index = 1; index < 9; index += 1)
      await expect(valuesOf(dataset, index), `${index}`).rejects.toMatchObject({ code: "upstream" });
    await expect(valuesOf(dataset, 1)).rejects.toThrow('the target of the reference "x/1"');
    await dataset.close?.();
  });

  it("reads parts that overlap, also one that two chunks share, and names the one that leaves its file", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "a.bin"), Int16Array.of(1, 2, 3));
    const parts = [
      [0, 4],
      [2, 4],
      [2, 4],
      [4, 4],
      [100, 4],
      [-2, 4],
      [2, -2],
      [0, 4e15],
    ] as const;
    const refs = parts.map(([offset, length], index) => [`x/${index}`, ["a.bin", offset, length]] as const);
    const { dataset } = await opened(
      { "x/.zarray": arrayOf({ shape: [16] }), ...Object.fromEntries(refs) },
      [],
      folder,
    );
    expect(await valuesOf(dataset, 0)).toEqual([1, 2]);
    expect(await valuesOf(dataset, 1)).toEqual([2, 3]);
    expect(await valuesOf(dataset, 2)).toEqual([2, 3]);
    const stored = dataset.variables.get("x")?.source.stored;
    for (let index = 3; index < 8; index += 1) {
      const refusal = { code: "upstream", message: expect.stringContaining(`"x/${index}"`) as string };
      await expect(stored?.read([index])).rejects.toMatchObject(refusal);
      await expect(stored?.stat([index])).rejects.toMatchObject(refusal);
    }
    await dataset.close?.();
  });

  it("finds the only chunk of an array without dimensions as VirtualiZarr spells it", async () => {
    const { dataset } = await opened({
      "x/.zarray": arrayOf({ shape: [], chunks: [] }),
      "x/": "base64:BwA=",
    });
    const chunk = await dataset.variables.get("x")?.source.read([]);
    expect(Array.from(chunk?.values ?? [], Number)).toEqual([7]);
    await dataset.close?.();
  });

  it("refuses targets outside, and says no path of this machine", async () => {
    const folder = await newFolder();
    const outside = await newFolder();
    await writeFile(join(outside, "secret"), "secret");
    await mkdir(join(folder, "below"));
    await symlink(join(outside, "secret"), join(folder, "below/link"));
    const targets = [
      "/etc/passwd",
      "file:///etc/passwd",
      "../../../../../../etc/passwd",
      `${folder}/../../etc/passwd`,
      "http://169.254.169.254/latest",
      "https://user:word@internal.example/x",
      "s3://bucket/key",
    ];
    const refs = Object.fromEntries(targets.map((target, index) => [`x/${index}`, [target, 0, 4]]));
    const { dataset } = await opened(
      { "x/.zarray": arrayOf({ shape: [40] }), ...refs, "x/10": ["below/link", 0, 4] },
      [],
      folder,
    );
    for (const index of [...targets.keys(), 10]) {
      const { stored } = dataset.variables.get("x")?.source ?? {};
      for (const failing of [valuesOf(dataset, index), stored?.read([index]), stored?.stat([index])]) {
        const error = (await failing?.catch((reason: unknown) => reason)) as Error & { code: string }; // all of them fail
        expect(error.code, targets[index]).toBe("forbidden");
        const shown = JSON.stringify([error.message, (error as unknown as { details: unknown }).details]);
        expect(shown).not.toMatch(/etc|passwd|word|secret|latest/);
        expect(shown).toContain(`x/${index}`);
      }
    }
    await expect(valuesOf(dataset, 4)).rejects.toThrow("169.254.169.254");
    await dataset.close?.();
    const other = await opened({ "x/.zarray": arrayOf(), "x/0": [join(outside, "secret"), 0, 4] }, [
      pathToFileURL(`${outside}/`),
    ]);
    expect(await valuesOf(other.dataset, 0)).toHaveLength(2);
    await other.dataset.close?.();
  });

  it("notices that a target or the set has changed", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "a.bin"), Int16Array.of(1, 2));
    const { dataset } = await opened({ "x/.zarray": arrayOf(), "x/0": ["a.bin", 0, 4] }, [], folder);
    const before = await dataset.variables.get("x")?.source.stored?.stat([0]);
    await writeFile(join(folder, "a.bin"), Int16Array.of(5, 6, 7));
    await utimes(join(folder, "a.bin"), 1, 1);
    await expect.poll(async () => valuesOf(dataset, 0), { timeout: 5000 }).toEqual([5, 6]);
    const version = async (): Promise<string | undefined> =>
      (await dataset.variables.get("x")?.source.stored?.stat([0]))?.version;
    await expect.poll(version, { timeout: 5000 }).not.toBe(before?.version);
    expect(await dataset.isCurrent?.()).toBe(true);
    await writeFile(join(folder, "set.json"), "{}");
    await expect.poll(async () => dataset.isCurrent?.(), { timeout: 5000 }).toBe(false);
    await dataset.close?.();
  });

  it("leaves out what nobody can decode, with a warning", async () => {
    const filters = [{ id: "grib", var: "t", dtype: "float64" }];
    const { dataset } = await opened({ "x/.zarray": arrayOf({ filters }), "y/.zarray": arrayOf() });
    expect(dataset.variables.has("y")).toBe(true);
    // it may be there to be passed on as it is, but it has no values
    if (dataset.variables.has("x")) await expect(valuesOf(dataset, 0)).rejects.toThrow("grib");
    expect(dataset.warnings).toHaveLength(1);
    expect(dataset.warnings?.[0]?.path).toBe("/x");
    expect(dataset.warnings?.[0]?.message).toContain("grib");
    await dataset.close?.();
  });

  it("finds groups without documents of their own, consolidated metadata alone, and Zarr v3", async () => {
    const nested = await opened({ "a/b/x/.zarray": arrayOf(), "a/b/x/0": "base64:AQACAA==" });
    const x = nested.dataset.groups.get("a")?.groups.get("b")?.variables.get("x");
    expect(Array.from((await x?.source.read([0]))?.values ?? [], Number)).toEqual([1, 2]);
    const metadata = { ".zgroup": { zarr_format: 2 }, "x/.zarray": JSON.parse(arrayOf()) as object };
    const consolidated = await opened({ ".zmetadata": { zarr_consolidated_format: 1, metadata } });
    expect([...consolidated.dataset.variables.keys()]).toEqual(["x"]);
    const v3 = {
      zarr_format: 3,
      node_type: "array",
      shape: [4],
      data_type: "int16",
      chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
      fill_value: 0,
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      dimension_names: ["x"],
    };
    const group = { zarr_format: 3, node_type: "group" };
    const set = await opened({
      "zarr.json": group,
      "x/zarr.json": JSON.stringify(v3),
      "x/c/1": "base64:AwAEAA==",
    });
    expect(await valuesOf(set.dataset, 1)).toEqual([3, 4]);
    expect(set.dataset.variables.get("x")?.dims).toEqual(["x"]);
  });

  it("reads a set and its targets from a web server, and nothing beside", async () => {
    const refs = {
      ".zgroup": '{"zarr_format":2}',
      "x/.zarray": arrayOf(),
      "x/0": ["a.bin", 2, 4],
      "x/1": ["../secret.bin"],
    };
    const files: Record<string, Buffer> = {
      "/sets/set.json": Buffer.from(JSON.stringify(refs)),
      "/sets/a.bin": Buffer.from(Int16Array.of(9, 1, 2, 9).buffer),
      "/secret.bin": Buffer.from("secret"),
    };
    const server = createServer((request, response) => {
      const bytes = files[request.url ?? ""];
      if (!bytes) return void response.writeHead(404).end();
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
      const part = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1);
      const range =
        from === undefined
          ? {}
          : { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` };
      response.writeHead(from === undefined ? 200 : 206, {
        "content-length": part.length,
        etag: '"1"',
        "accept-ranges": "bytes",
        ...range,
      });
      response.end(request.method === "HEAD" ? undefined : part);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const location = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sets/set.json`); // listening on a port
      const dataset = await referencesOpener({ stores: { allow: [location] }, coder }).open(location);
      expect(await valuesOf(dataset, 0)).toEqual([1, 2]);
      await expect(valuesOf(dataset, 1)).rejects.toMatchObject({ code: "forbidden" });
      await dataset.close?.();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("takes locations by their names, and any behind reference::", () => {
    const { accepts } = referencesOpener({ stores: { allow: [] }, coder });
    for (const location of [
      "file:///a.json",
      "https://h/a.json.zst",
      "s3://bucket/a.json",
      "file:///a.parq/",
      "file:///a.parquet",
      "reference::/a",
      "reference::https://h/a",
      "kerchunk+file:///a",
    ])
      expect(accepts(new URL(location)), location).toBe(true);
    for (const location of ["file:///a.zarr", "file:///a.nc", "icechunk+file:///a.json"])
      expect(accepts(new URL(location)), location).toBe(false);
  });

  it("opens what stands behind reference::", async () => {
    const fixtures = new URL("../../fixtures/references/", import.meta.url);
    const opener = referencesOpener({ stores: { allow: [fixtures] }, coder });
    for (const name of ["version-1.json", "small.parq"]) {
      const location = new URL(name, fixtures);
      for (const text of [
        `reference::${location.pathname}`,
        `reference::${location.href}`,
        `kerchunk+${location.href}`,
      ]) {
        const dataset = await opener.open(new URL(text));
        expect(dataset.variables.has("tas"), text).toBe(true);
        await dataset.close?.();
      }
    }
  });
});
