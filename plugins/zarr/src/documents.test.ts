import { describe, expect, it } from "vitest";

import { appOf, groupOf, type Reads, variableOf } from "./testing/served-datasets.ts";

describe("documents and listings", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const air = groupOf([variableOf("tas", {}, counts)], { deep: groupOf([variableOf("c", {}, counts)]) });
  const app = appOf({ air });

  it("answer v3 with v2's consolidated document beside, but nothing that makes zarr-python warn of two formats", async () => {
    for (const key of ["zarr.json", "deep/zarr.json", "deep/c/zarr.json", ".zmetadata"]) {
      const response = await app.request(`/datasets/air/zarr/${key}`);
      expect([key, response.status, response.headers.get("content-type")]).toEqual([
        key,
        200,
        "application/json",
      ]);
    }
    expect((await app.request("/datasets/air/zarr/tas/0")).status).toBe(200);
    for (const key of [".zgroup", ".zattrs", "tas/.zarray"]) {
      expect((await app.request(`/datasets/air/zarr/${key}`)).status).toBe(404);
    }
  });

  it("answer strict v2", async () => {
    for (const key of [".zgroup", ".zattrs", ".zmetadata", "tas/.zarray", "tas/.zattrs", "deep/.zgroup"]) {
      expect((await app.request(`/datasets/air/zarr2/${key}`)).status).toBe(200);
    }
    for (const key of ["zarr.json", "tas/zarr.json", "tas/c/0", "tas/.zgroup", ".zarray"]) {
      expect((await app.request(`/datasets/air/zarr2/${key}`)).status).toBe(404);
    }
  });

  it("have validators and are compressed", async () => {
    const response = await app.request("/datasets/air/zarr/zarr.json");
    const etag = response.headers.get("etag") ?? "";
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const again = await app.request("/datasets/air/zarr/zarr.json", { headers: { "If-None-Match": etag } });
    expect(again.status).toBe(304);
  });

  it("may be kept for ever where the dataset cannot change", async () => {
    const pinned = appOf({ air: { ...air, immutable: true } });
    const response = await pinned.request("/datasets/air/zarr/zarr.json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("list groups and arrays with relative links, with and without a slash at the end", async () => {
    const root = await (await app.request("/datasets/air/zarr/")).text();
    expect(root).toContain('<a href="tas/">');
    expect(root).toContain('<a href="deep/">');
    expect(root).toContain('<a href="zarr.json">');
    expect(root).not.toContain("<base");
    expect(await (await app.request("/datasets/air/zarr")).text()).toContain('<base href="zarr/">');
    expect(await (await app.request("/datasets/air/zarr2/deep/c/")).text()).toContain('<a href=".zarray">');
    expect((await app.request("/datasets/air/zarr/nothing/")).status).toBe(404);
  });

  it("know a variable called c from a chunk", async () => {
    expect((await app.request("/datasets/air/zarr/deep/c/c/0")).status).toBe(200);
    expect(await (await app.request("/datasets/air/zarr/deep/c")).text()).toContain("zarr.json");
  });
});
