import type { IncomingMessage, ServerResponse } from "node:http";
import type { Resource } from "@zarr-gateway/http";
import { definePlugin, type Plugin } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions } from "./gateway.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { type Listening, listen } from "./listen.ts";
import { silentLog } from "./log.ts";
import { OpenDataset } from "./open-dataset.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { airPlugin, startGateway } from "./test-gateway.ts";

const EMPTY = { attrs: {}, variables: new Map(), groups: new Map() };

const running: Listening[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 100 })));
});

/** A resource that counts how often it is asked, and its URL. */
async function serve(
  given: Partial<Resource> = {},
  options: Partial<GatewayOptions> = {},
  more: readonly Plugin<unknown>[] = [],
) {
  let reads = 0;
  const resource: Resource = {
    contentType: "application/octet-stream",
    shareable: true,
    stat: () => ({ size: 4, etag: `v${reads}` }),
    read: (range) => {
      reads += 1;
      const bytes = Uint8Array.of(reads, 2, 3, 4);
      return range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    },
    ...given,
  };
  const limits = { ...DEFAULT_LIMITS, recentAnswersMs: 200, ...options.limits };
  const gateway = await startGateway([airPlugin({ "t/c/9": resource }), ...more], { ...options, limits });
  const server = await listen(gateway, { host: "127.0.0.1", port: 0 });
  running.push(server);
  return { url: `${server.url}/datasets/air/zarr/t/c/9`, reads: () => reads };
}

const first = async (url: string, init?: RequestInit): Promise<number | undefined> =>
  new Uint8Array(await (await fetch(url, init)).arrayBuffer())[0];

describe("recent answers", () => {
  it("are given again for a moment, with the same headers and an id of their own", async () => {
    const { url, reads } = await serve();
    const one = await fetch(url);
    const two = await fetch(url);
    expect([await one.bytes(), reads()]).toEqual([await two.bytes(), 1]);
    const id = "x-request-id";
    expect(two.headers.get(id)).not.toBe(one.headers.get(id));
    for (const [name, value] of one.headers)
      if (name !== id) expect([name, two.headers.get(name)]).toEqual([name, value]);
  });

  it("are given as often as they are asked for", async () => {
    const { url, reads } = await serve();
    for (let time = 0; time < 5; time += 1) expect(await first(url)).toBe(1);
    expect(reads()).toBe(1);
  });

  it("are forgotten after their time", async () => {
    const { url } = await serve();
    expect(await first(url)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await first(url)).toBe(2);
  });

  describe("whose source tells how long it holds", () => {
    /** A chunk in a cache, and when and how often its source was looked at. */
    async function serveKept(checkEveryMs: number) {
      const source = { etag: "a", looks: 0, reads: 0, cache: new Map([["a", "first"]]) };
      const { url } = await serve(
        {
          get kept() {
            const { etag } = source;
            return () => Buffer.from(source.cache.get(etag) ?? "");
          },
          stat: async () => {
            source.looks += 1;
            return { etag: source.etag, freshUntil: performance.now() + checkEveryMs };
          },
          read: () => {
            source.reads += 1;
            return Buffer.from(source.cache.get(source.etag) ?? "");
          },
        },
        { limits: { ...DEFAULT_LIMITS, recentAnswersMs: 1, checkEveryMs } },
      );
      const text = async () => (await fetch(url)).text();
      return { source, text };
    }

    it("are given again as long as that, and looked at without the whole way", async () => {
      const { source, text } = await serveKept(1000);
      for (let time = 0; time < 5; time += 1) expect(await text()).toBe("first");
      expect(source).toMatchObject({ looks: 1, reads: 1 });
      await new Promise((resolve) => setTimeout(resolve, 2100));
      for (let time = 0; time < 5; time += 1) expect(await text()).toBe("first");
      expect(source).toMatchObject({ looks: 2, reads: 1 });
    });

    it("are made anew when it has changed", async () => {
      const { source, text } = await serveKept(200);
      expect(await text()).toBe("first");
      source.cache.set("b", "second");
      source.etag = "b";
      await new Promise((resolve) => setTimeout(resolve, 450));
      expect(await text()).toBe("second");
      expect(source.reads).toBe(2);
    });
  });

  it("of a version are given no more once a newer one is there", () => {
    const answers = new RecentAnswers({
      datasets: { currentUntil: () => Number.POSITIVE_INFINITY, checkedUntil: async () => 0 },
      maxBytes: 1000,
      keepMs: 60_000,
      checkEveryMs: 60_000,
      requestId: () => "id",
      onAnswer: () => undefined,
    });
    const dataset = new OpenDataset("air", EMPTY, 0, silentLog());
    const answer = { headers: {}, body: Uint8Array.of(1), kept: undefined };
    answers.keep({ url: "/a", acceptEncoding: null, route: "/a", answer, dataset });
    const asked = () => {
      const incoming = { method: "GET", url: "/a", headers: {} } as IncomingMessage; // all that is looked at
      const outgoing = { writeHead: () => undefined, end: () => undefined } as unknown as ServerResponse; // all that is called
      return answers.answer(incoming, outgoing);
    };
    expect(asked()).toBe(true);
    dataset.isReplaced = true;
    expect(asked()).toBe(false);
  });

  it("are the same whoever asks, under the id that the request brings", async () => {
    const { url, reads } = await serve();
    expect(await first(url, { headers: { authorization: "Bearer one" } })).toBe(1);
    for (const headers of [
      { authorization: "Bearer two" },
      { cookie: "a=b" },
      { origin: "https://example.org" },
    ]) {
      const response = await fetch(url, { headers });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect((await response.bytes())[0]).toBe(1);
    }
    const named = await fetch(url, { headers: { "x-request-id": "mine" } });
    expect(named.headers.get("x-request-id")).toBe("mine");
    const harmful = await fetch(url, { headers: { "x-request-id": "<b>" } });
    expect(harmful.headers.get("x-request-id")).toMatch(/^[\w-]+$/);
    expect(reads()).toBe(1);
  });

  it("stand in for nobody where a plugin asks who it is, and for no other origin where origins count", async () => {
    const guard = definePlugin({
      name: "guard",
      version: "0.1.0",
      prefix: "",
      options: { parse: (input) => input },
      setup: () => ({
        guards: [
          async (_id, request) => {
            if (request.headers.get("authorization") !== "key") throw new GatewayError("forbidden", "no");
          },
        ],
      }),
    });
    const { url } = await serve({}, { limits: DEFAULT_LIMITS }, [guard]);
    const statuses: number[] = [];
    for (const authorization of ["key", "other", "key", ""])
      statuses.push((await fetch(url, { headers: { authorization } })).status);
    expect(statuses).toEqual([200, 403, 200, 403]);

    const cors = { origins: ["https://a.org", "https://b.org"] };
    const named = await serve({}, { cors });
    for (const origin of cors.origins) {
      const response = await fetch(named.url, { headers: { origin } });
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    }
  });

  it("are given no more once their resource says that they are not current", async () => {
    let isCurrent = true;
    const { url, reads } = await serve({ isCurrent: () => isCurrent });
    await first(url);
    await first(url);
    expect(reads()).toBe(1);
    isCurrent = false;
    await first(url);
    expect(reads()).toBe(2);
  });

  it("never stand in for requests that ask for more than the URL", async () => {
    const { url } = await serve({ stat: () => ({ size: 4, etag: "v", modifiedAt: Date.UTC(2026, 0) }) });
    await first(url);
    const part = await fetch(url, { headers: { range: "bytes=1-2" } });
    expect([part.status, (await part.bytes()).length]).toEqual([206, 2]);
    expect((await fetch(url, { headers: { "if-none-match": "*" } })).status).toBe(304);
    const since = { "if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT" };
    expect((await fetch(url, { headers: since })).status).toBe(412);
    expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("4");
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
  });

  it("are not made of what is not shareable, has no validator, or is too large", async () => {
    for (const given of [{ shareable: false }, { stat: () => ({ size: 4 }) }]) {
      const { url, reads } = await serve(given);
      await first(url);
      await first(url);
      expect(reads()).toBe(2);
    }
    const { url, reads } = await serve({}, { limits: { recentAnswersBytes: 16 } });
    await first(url);
    await first(url);
    expect(reads()).toBe(2);
  });

  it("tell clients apart by what compression they accept", async () => {
    const text = Buffer.from("text ".repeat(1000));
    const { url } = await serve({
      compressible: true,
      stat: () => ({ size: text.length, etag: "t" }),
      read: () => text,
    });
    for (const coding of ["gzip", "identity", "gzip"]) {
      const response = await fetch(url, { headers: { "accept-encoding": coding } });
      expect(response.headers.get("content-encoding")).toBe(coding === "gzip" ? "gzip" : null);
      expect(await response.text()).toHaveLength(5000);
    }
  });
});
