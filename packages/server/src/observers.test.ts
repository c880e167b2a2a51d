import type { Resource } from "@zarr-gateway/http";
import { type Answered, definePlugin } from "@zarr-gateway/plugin";
import { expect, it } from "vitest";
import { createBaseUrls } from "./base-url.ts";
import { listen } from "./listen.ts";
import { airPlugin, startGateway } from "./test-gateway.ts";

it("tells observers of every answer, and keeps the short way for recent ones", async () => {
  const seen: Answered[] = [];
  const observer = definePlugin({
    name: "observer",
    prefix: "",
    options: { parse: (input) => input },
    setup: () => ({ observers: [(answered) => seen.push(answered)] }),
  });
  const gateway = await startGateway([airPlugin(), observer]);
  await (await gateway.request("/datasets/air/zarr/x?y=1")).arrayBuffer();
  await gateway.request("/datasets/none/zarr/x");
  expect(seen.map(({ method, status, bytes }) => [method, status, bytes])).toMatchObject([
    ["GET", 200, 1000],
    ["GET", 404, expect.any(Number)],
  ]);
  expect(seen[0]?.target).toContain("/datasets/air/zarr/x?y=1");
  expect(gateway.recent).toBeDefined();
  await gateway.close();
});

it("tells the bytes of streams, as many as were sent", async () => {
  const seen: Answered[] = [];
  const observer = definePlugin({
    name: "observer",
    prefix: "",
    options: { parse: (input) => input },
    setup: () => ({ observers: [(answered) => seen.push(answered)] }),
  });
  const size = 64 * 1024 * 1024;
  const long: Resource = {
    contentType: "application/octet-stream",
    stat: () => ({ size, etag: "long" }),
    read: (range) => new Uint8Array(range?.length ?? size),
  };
  const gateway = await startGateway([airPlugin({ long }), observer]);
  const server = await listen(gateway, { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${server.port}/datasets/air/zarr/long`;
  await (await fetch(url)).arrayBuffer();
  await expect.poll(() => seen.at(-1)).toMatchObject({ status: 200, bytes: size });
  const leaving = new AbortController();
  const body = (await fetch(url, { signal: leaving.signal })).body?.getReader();
  await body?.read();
  leaving.abort();
  await expect.poll(() => seen.length).toBe(2);
  expect(seen.at(-1)?.status).toBe(499);
  expect(seen.at(-1)?.bytes).toBeGreaterThan(0);
  expect(seen.at(-1)?.bytes).toBeLessThan(size);
  await server.close({ graceMs: 100 });
});

it("believes only trusted proxies about who asked", () => {
  const { clientOf } = createBaseUrls({ trustedProxies: ["10.0.0.0/8"] });
  expect(clientOf("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.2")).toBe("192.0.2.7");
  expect(clientOf("192.0.2.7", "6.6.6.6")).toBe("192.0.2.7");
  expect(clientOf("10.0.0.1", "nonsense")).toBe("10.0.0.1");
  expect(createBaseUrls({}).clientOf("10.0.0.1", "6.6.6.6")).toBe("10.0.0.1");
});
