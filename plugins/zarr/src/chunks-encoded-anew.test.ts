import type { Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";

import { appOf, bytesOf, groupOf, type Reads, variableOf } from "./testing/served-datasets.ts";

describe("chunks that are encoded anew", () => {
  const counts: Reads = { reads: 0, stats: 0 };
  const app = appOf({
    air: groupOf([
      variableOf("tas", { fill: 0 }, counts),
      variableOf("none", { fill: 0, values: [0, 0] }, counts),
    ]),
  });
  const url = "/datasets/air/zarr/tas/c/0";

  it("are made once, for GET alone", async () => {
    const head = await app.request(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), counts.reads]).toEqual([200, null, 0]);
    const first = await bytesOf(app.request(url));
    expect(await bytesOf(app.request(url))).toEqual(first);
    expect(counts.reads).toBe(1);
    expect((await app.request(url, { method: "HEAD" })).headers.get("content-length")).toBe(
      String(first.length),
    );
    const etag = (await app.request(url)).headers.get("etag") ?? "";
    expect((await app.request(url, { headers: { "If-None-Match": etag } })).status).toBe(304);
  });

  it("have exact ranges", async () => {
    const whole = await bytesOf(app.request(url));
    const response = await app.request(url, { headers: { Range: "bytes=2-4" } });
    expect(response.headers.get("content-range")).toBe(`bytes 2-4/${whole.length}`);
    expect(await bytesOf(response)).toEqual(whole.subarray(2, 5));
  });

  it("are 404 where all is fill, but real in v2, where fill would be missing data", async () => {
    expect((await app.request("/datasets/air/zarr/none/c/0")).status).toBe(404);
    expect((await app.request("/datasets/air/zarr2/none/0")).status).toBe(200);
    expect((await app.request("/datasets/air/zarr2/none/1")).status).toBe(200);
  });

  it("are a failure and not absent when their source fails", async () => {
    const failing: Variable = {
      ...variableOf("tas", {}, counts),
      source: {
        dtype: "float32",
        grid: { shape: [4], chunkShape: [2] },
        fill: null,
        read: () => Promise.reject(new GatewayError("upstream", "the disk is gone")),
      },
    };
    const response = await appOf({ air: groupOf([failing]) }).request(url);
    expect(response.status).toBe(502);
  });
});
