import { type Answered, definePlugin } from "@zarr-gateway/plugin";
import { expect, it } from "vitest";
import { createBaseUrls } from "./base-url.ts";
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

it("believes only trusted proxies about who asked", () => {
  const { clientOf } = createBaseUrls({ trustedProxies: ["10.0.0.0/8"] });
  expect(clientOf("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.2")).toBe("192.0.2.7");
  expect(clientOf("192.0.2.7", "6.6.6.6")).toBe("192.0.2.7");
  expect(clientOf("10.0.0.1", "nonsense")).toBe("10.0.0.1");
  expect(createBaseUrls({}).clientOf("10.0.0.1", "6.6.6.6")).toBe("10.0.0.1");
});
