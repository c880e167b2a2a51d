import { definePlugin, OpenersService, type Plugin, type PluginMetric } from "@zarr-gateway/plugin";
import { createByteCache, GatewayError } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import type { Gateway } from "./gateway.ts";
import { createLog } from "./log.ts";
import { airPlugin, startGateway } from "./test-gateway.ts";

const gateway = await startGateway([airPlugin()]);
const get = (path: string, headers: Record<string, string> = {}, on: Gateway = gateway) =>
  on.request(path, { headers });

describe("routes", () => {
  it.each(["/datasets", "/datasets/air", "/datasets/air/keys", "/versions", "/plugins", "/docs", "/health"])(
    "%s answers with and without a slash, GET and HEAD, without redirect",
    async (path) => {
      for (const target of [path, `${path}/`]) {
        const answer = await get(target);
        expect([target, answer.status]).toEqual([target, 200]);
        const head = await gateway.request(target, { method: "HEAD" });
        expect([head.status, await head.text()]).toEqual([200, ""]);
        expect(head.headers.get("content-length")).toBe(answer.headers.get("content-length"));
      }
    },
  );
  it("lists ids as a flat array", async () => {
    expect(await (await get("/datasets")).text()).toBe('["air","broken"]');
  });
  it("finds a store under its .zarr name", async () => {
    const range = { range: "bytes=-4" };
    for (const path of ["/datasets/air/zarr/t/c/0", "/datasets/air.zarr/t/c/0"]) {
      const answer = await get(path, range);
      expect([answer.status, answer.headers.get("content-range")]).toEqual([206, "bytes 996-999/1000"]);
    }
  });
  it("answers 404 for unknown paths and ids in Xpublish's words", async () => {
    for (const [path, detail] of [
      ["/nope", "Not Found"],
      ["/datasets/air/nope", "Not Found"],
      ["/datasets/nope/keys", "Dataset 'nope' not found"],
      ["/datasets/a%20b/keys", "Dataset 'a b' not found"],
      ["/datasets/air/zarr/..%2f..%2fetc", "Not Found"],
      ["/datasets/air%00/keys", "Not Found"],
    ] as const) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(await answer.json()).toMatchObject({ code: "not_found", detail, status: 404 });
    }
  });
  it("answers a broken dataset with 502 and the reason, and serves the others", async () => {
    const answer = await get("/datasets/broken/keys");
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: "upstream", detail: "the file is truncated" });
    expect((await get("/datasets/air/keys")).status).toBe(200);
    expect(await (await get("/health")).json()).toMatchObject({
      status: "healthy",
      datasets: { failed: { broken: "the file is truncated" } },
    });
  });
  it("answers 405 with Allow for other methods", async () => {
    const answer = await gateway.request("/datasets/air/keys", { method: "POST" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect(await answer.json()).toMatchObject({ status: 405 });
    expect((await gateway.request("/nope", { method: "DELETE" })).status).toBe(404);
  });
  it("answers 414 for endless URLs", async () => {
    expect((await get(`/datasets/air?${"x".repeat(9000)}`)).status).toBe(414);
  });
  it("hides what it did not mean to say", async () => {
    const answer = await get("/datasets/air/fails");
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).not.toContain("secret");
    expect(text).toContain(answer.headers.get("x-request-id"));
  });
});

describe("headers of every answer", () => {
  it.each([
    "/datasets/air/keys",
    "/datasets/air/plain",
    "/nope",
    "/datasets/broken/keys",
    "/datasets/air/fails",
  ])("let other origins read %s", async (path) => {
    const { headers } = await get(path, { origin: "https://viewer.example.org" });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-expose-headers")).toContain("Content-Range, Content-Length, ETag");
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("x-request-id")).toMatch(/^[\w-]+$/);
  });
  it("answer a preflight", async () => {
    const answer = await gateway.request("/datasets/air/zarr/t/c/0", {
      method: "OPTIONS",
      headers: {
        origin: "https://viewer.example.org",
        "access-control-request-method": "GET",
        "access-control-request-headers": "range",
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-methods")).toContain("GET, HEAD");
    for (const name of ["Range", "If-None-Match", "If-Match", "If-Range", "Authorization", "Cache-Control"]) {
      expect(answer.headers.get("access-control-allow-headers")).toContain(name);
    }
  });
  it("name an origin only when it is allowed", async () => {
    const closed = await startGateway([airPlugin()], { cors: { origins: ["https://a.example.org"] } });
    const allowed = await get("/datasets", { origin: "https://a.example.org" }, closed);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.example.org");
    expect(allowed.headers.get("vary")).toBe("Origin, Accept-Encoding");
    const other = await get("/datasets/air/plain", { origin: "https://b.example.org" }, closed);
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    expect(other.headers.get("vary")).toBe("Origin");
  });
  it("keep a client's request id when it is harmless", async () => {
    expect((await get("/datasets", { "x-request-id": "abc-1" })).headers.get("x-request-id")).toBe("abc-1");
    expect((await get("/datasets", { "x-request-id": "a b" })).headers.get("x-request-id")).not.toBe("a b");
  });
});

describe("plugins", () => {
  const options = { parse: (input: unknown) => input };
  it("bring middleware, guards and openers", async () => {
    const asked: string[] = [];
    const opener = { format: "test", accepts: () => true, open: () => Promise.reject(new Error("no")) };
    const seen: string[][] = [];
    const guard = definePlugin({
      name: "guard",
      prefix: "guard",
      options,
      requires: [OpenersService],
      setup: (host) => {
        const routes = new Hono();
        routes.get("/", async (c) => {
          seen.push(
            host
              .use(OpenersService)()
              .map(({ format }) => format),
          );
          const admitted = await Promise.all(["air", "broken"].map((id) => host.admits(id, c.req.raw)));
          return c.json([host.baseUrl(c.req.raw), ...admitted]);
        });
        return {
          routes,
          middleware: [
            async (c, next) => {
              await next();
              c.res.headers.set("X-Middleware", "yes");
            },
          ],
          guards: [
            (id) => {
              asked.push(id);
              if (id === "broken") throw new GatewayError("forbidden", "not for you");
            },
          ],
        };
      },
    });
    const formats = definePlugin({
      name: "formats",
      prefix: "",
      options,
      setup: () => ({ openers: [opener] }),
    });
    const guarded = await startGateway([guard, formats, airPlugin()]);
    expect((await get("/datasets/broken/keys", {}, guarded)).status).toBe(403);
    const answer = await get("/datasets/air/zarr/t/c/0", {}, guarded);
    expect([answer.status, answer.headers.get("x-middleware")]).toEqual([200, "yes"]);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(asked).toEqual(["broken", "air"]);
    expect(await (await get("/guard/", {}, guarded)).json()).toEqual(["http://localhost", true, false]);
    expect(seen).toEqual([["test"]]);
  });
  it("are told at /plugins as Xpublish does", async () => {
    expect(await (await get("/plugins")).json()).toEqual({
      air: { path: "@zarr-gateway/plugin-air", version: "0.1.0" },
    });
    expect(await (await get("/versions")).json()).toMatchObject({ "zarr-gateway": "1.2.3", xarray: null });
  });
});

describe("the log", () => {
  const linesOf = async (level: "debug" | "info", paths: readonly string[]) => {
    const lines: Record<string, unknown>[] = [];
    const log = createLog({
      level,
      stream: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
    });
    const logged = await startGateway([airPlugin()], { log });
    for (const path of paths) await get(path, { "x-request-id": "id-1" }, logged);
    return lines;
  };
  it("has a line for every request at level debug", async () => {
    const [line] = await linesOf("debug", ["/datasets/air/zarr/t/c/0?token=secret"]);
    expect(line).toMatchObject({
      requestId: "id-1",
      method: "GET",
      path: "/datasets/air/zarr/t/c/0",
      status: 200,
      bytes: 1000,
      msg: "request",
    });
  });
  it("has only failures at level info, with their cause", async () => {
    const lines = await linesOf("info", ["/datasets/air/keys", "/nope", "/datasets/air/fails"]);
    expect(lines).toMatchObject([
      { level: 50, requestId: "id-1", code: "internal", err: { message: "secret detail" } },
      { level: 30, status: 500, path: "/datasets/air/fails" },
    ]);
  });
});

describe("operations", () => {
  it("counts requests by route, not by path", async () => {
    const counted = await startGateway([airPlugin()]);
    for (const key of ["t/c/0", "t/c/1", "u/c/0"]) await get(`/datasets/air/zarr/${key}`, {}, counted);
    const text = await (await get("/metrics", {}, counted)).text();
    expect(text).toContain(
      'zarr_gateway_requests_total{route="/datasets/:dataset/zarr/:key{.+}",method="GET",status="2xx"} 3',
    );
    expect(text).toContain(
      'zarr_gateway_response_bytes_total{route="/datasets/:dataset/zarr/:key{.+}",method="GET",status="2xx"} 3000',
    );
    expect(text).toMatch(
      /zarr_gateway_request_duration_seconds_bucket\{le="\+Inf",route="\/datasets\/:dataset\/zarr.* 3/,
    );
    expect(text).toContain("zarr_gateway_open_datasets 1");
    expect(text).toContain("process_cpu_seconds_total");
  });
  it("tells what caches hold and did, by level", async () => {
    const counts = { hits: 1, misses: 2, writes: 3, dropped: 4, damaged: 5, evictions: 6, bytes: 7 };
    const disk = { counts, get: async () => undefined, keep: () => undefined, close: async () => undefined };
    const cache = createByteCache(1000, { disk });
    await cache.getOrCreate("a", async () => new Uint8Array(10));
    const cached = await startGateway([], { cache });
    const lines = (await (await get("/metrics", {}, cached)).text()).split("\n");
    const told = lines.filter((line) => line.startsWith("zarr_gateway_cache_"));
    expect(told).toEqual([
      'zarr_gateway_cache_hits_total{level="memory"} 0',
      'zarr_gateway_cache_hits_total{level="disk"} 1',
      'zarr_gateway_cache_misses_total{level="memory"} 1',
      'zarr_gateway_cache_misses_total{level="disk"} 2',
      'zarr_gateway_cache_evictions_total{level="memory"} 0',
      'zarr_gateway_cache_evictions_total{level="disk"} 6',
      expect.stringMatching(/^zarr_gateway_cache_bytes{level="memory"} \d+$/),
      'zarr_gateway_cache_bytes{level="disk"} 7',
      'zarr_gateway_cache_writes_total{level="disk"} 3',
      'zarr_gateway_cache_dropped_total{level="disk"} 4',
      'zarr_gateway_cache_damaged_total{level="disk"} 5',
    ]);
  });
  it("tells what plugins count, from the start", async () => {
    const values = () => [{ labels: { forecast: "drift" }, value: 0 }];
    const metric = { name: "model_steps_total", type: "counter" as const, help: "Steps", values };
    const counted = await startGateway([counting("models", metric)]);
    expect(await (await get("/metrics", {}, counted)).text()).toContain(
      'model_steps_total{forecast="drift"} 0',
    );
    await expect(startGateway([counting("a", metric), counting("b", metric)])).rejects.toThrow(
      '"a" and "b" both have the metric model_steps_total',
    );
  });
  it("is not ready while it stops", async () => {
    const stopping = await startGateway([]);
    expect((await get("/readiness", {}, stopping)).status).toBe(200);
    stopping.drain();
    const answer = await get("/readiness", {}, stopping);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await get("/liveness", {}, stopping)).status).toBe(200);
  });
  it("refuses honestly past its bounds, and still answers who watches it", async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const slow = { contentType: "x/y", stat: () => ({}), read: () => promise };
    const small = await startGateway([airPlugin({ slow })], {
      limits: { maxActiveRequests: 1, maxWaitingRequests: 1 },
    });
    const first = get("/datasets/air/zarr/slow", {}, small);
    await new Promise(setImmediate);
    const second = get("/datasets/air/keys", {}, small);
    const third = await get("/datasets/air/keys", {}, small);
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "2"]);
    expect((await get("/liveness", {}, small)).status).toBe(200);
    resolve(new Uint8Array(3));
    expect([(await first).status, (await second).status, small.inFlight]).toEqual([200, 200, 0]);
  });
  it("answers others while requests wait for something slow", async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const slow = { contentType: "x/y", stat: () => ({}), read: () => promise };
    const small = await startGateway([airPlugin({ slow }), patient], {
      limits: { maxActiveRequests: 1, maxWaitingRequests: 1, maxHeldRequests: 1 },
    });
    const held = get("/datasets/forecast/zarr/slow", {}, small);
    await vi.waitFor(async () => {
      expect(await (await get("/metrics", {}, small)).text()).toContain("zarr_gateway_requests_held 1");
    });
    expect((await get("/datasets/air/keys", {}, small)).status).toBe(200);
    const other = get("/datasets/forecast/zarr/slow", {}, small); // no room among those that are held
    await new Promise(setImmediate);
    expect(small.inFlight).toBe(2);
    resolve(new Uint8Array(3));
    expect([(await held).status, (await other).status, small.inFlight]).toEqual([200, 200, 0]);
  });
});

/** Dataset `forecast`, whose reads may wait. */
const patient = definePlugin({
  name: "patient",
  prefix: "",
  options: { parse: (input) => input },
  setup: () => ({
    providers: [
      {
        name: "patient",
        async *ids() {
          yield "forecast";
        },
        open: async (id: string) =>
          id === "forecast"
            ? { attrs: {}, variables: new Map(), groups: new Map(), readsMayWait: true as const }
            : undefined,
      },
    ],
  }),
});

function counting(name: string, metric: PluginMetric): Plugin<unknown> {
  return definePlugin({
    name,
    prefix: "",
    options: { parse: (input) => input },
    setup: () => ({ metrics: [metric] }),
  });
}
