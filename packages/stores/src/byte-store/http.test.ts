import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BYTE_STORE_ENTRIES, describeByteStore } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StoreCredentials } from "../credentials.ts";
import { httpStore } from "./http.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server of objects, as plain as nginx: ranges, HEAD, ETag. */
function serveEntries(request: IncomingMessage, response: ServerResponse): void {
  const key = decodeURIComponent((request.url ?? "").replace(/^\/base\//, ""));
  const bytes = BYTE_STORE_ENTRIES[key];
  if (!bytes) {
    response.writeHead(404).end("<html>not found</html>");
    return;
  }
  const headers = { etag: `"${key.length}-${bytes.length}"`, "accept-ranges": "bytes" };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined || last === undefined) {
    response.writeHead(200, { ...headers, "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
    return;
  }
  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  if (start > end) {
    response.writeHead(416, { ...headers, "content-range": `bytes */${bytes.length}` }).end();
    return;
  }
  response.writeHead(206, { ...headers, "content-range": `bytes ${start}-${end}/${bytes.length}` });
  response.end(bytes.subarray(start, end + 1));
}

let server: Server;
let base: URL;
let answer: Answer = serveEntries;
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  base = new URL(`http://127.0.0.1:${port}/base`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answer = serveEntries;
});

describeByteStore("http", async () => httpStore(base));

describe("a store behind a web server", () => {
  const open = (options: Parameters<typeof httpStore>[1] = {}) =>
    httpStore(base, { backoffMs: 1, ...options });

  it("tells forbidden from absent, and both from failed", async () => {
    const store = open({ attempts: 1 });
    const statuses = {
      401: "forbidden",
      403: "forbidden",
      ...Object.fromEntries(
        [204, 300, 304, 400, 405, 409, 416, 418, 500, 503].map((status) => [status, "upstream"]),
      ),
    };
    for (const [status, code] of Object.entries(statuses)) {
      answer = (_request, response) => void response.writeHead(Number(status)).end();
      await expect(store.get("a"), status).rejects.toMatchObject({ code });
      await expect(store.stat("a"), status).rejects.toMatchObject({ code });
    }
    answer = (_request, response) => void response.writeHead(410).end();
    expect(await store.get("a")).toBeUndefined();
    await store.close?.();
  });

  it("asks again after a passing failure, a bounded number of times", async () => {
    let requests = 0;
    answer = (request, response) => {
      requests += 1;
      if (requests < 3) response.writeHead(503).end();
      else serveEntries(request, response);
    };
    const store = open();
    expect([...((await store.get("tas/c/0/1")) ?? [])]).toEqual([1, 2, 3]);
    expect(requests).toBe(3);
    requests = -100;
    await expect(open({ attempts: 2 }).get("a")).rejects.toMatchObject({ code: "upstream" });
    expect(requests).toBe(-98);
    await store.close?.();
  });

  it("does not ask again after a refusal", async () => {
    let requests = 0;
    answer = (_request, response) => {
      requests += 1;
      response.writeHead(403).end();
    };
    await expect(open().get("a")).rejects.toMatchObject({ code: "forbidden" });
    expect(requests).toBe(1);
  });

  it("fails when the connection breaks off in the middle, and gives no partial bytes", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half");
      setTimeout(() => response.destroy(), 5);
    };
    await expect(open({ attempts: 1 }).get("a")).rejects.toMatchObject({ code: "upstream" });
  });

  it("fails when nobody listens", async () => {
    const store = httpStore(new URL("http://127.0.0.1:9"), { attempts: 1 });
    await expect(store.get("a")).rejects.toMatchObject({ code: "upstream", details: { retryable: true } });
  });

  it("cuts the range out itself where the server ignores it", async () => {
    answer = (request, response) => {
      delete request.headers.range;
      serveEntries(request, response);
    };
    const store = open();
    expect([...((await store.get("tas/c/0/1", { range: { offset: 1, length: 1 } })) ?? [])]).toEqual([2]);
    expect([...((await store.get("tas/c/0/1", { range: { suffix: 2 } })) ?? [])]).toEqual([2, 3]);
    await store.close?.();
  });

  it("refuses another part than the one asked for", async () => {
    answer = (_request, response) =>
      void response.writeHead(206, { "content-range": "bytes 5-6/100" }).end("ab");
    const read = open({ attempts: 1 }).get("a", { range: { offset: 0, length: 2 } });
    await expect(read).rejects.toMatchObject({ code: "upstream" });
  });

  it("finds an empty object where HEAD is not allowed and no version is told", async () => {
    answer = ({ method }, response) =>
      void response.writeHead(method === "HEAD" ? 405 : 416, { "content-range": "bytes */0" }).end();
    expect(await open().stat("a")).toEqual({ size: 0 });
    expect(await open().get("a", { range: { offset: 5, length: 5 } })).toEqual(new Uint8Array(0));
  });

  it("finds the size with a range where HEAD is not allowed", async () => {
    answer = (request, response) => {
      if (request.method === "HEAD") response.writeHead(405).end();
      else serveEntries(request, response);
    };
    const store = open();
    expect((await store.stat("tas/c/0/0"))?.size).toBe(1000);
    expect((await store.stat("empty"))?.size).toBe(0);
    expect(await store.stat("nope")).toBeUndefined();
    await store.close?.();
  });

  it("follows redirects inside the allowed locations only, and takes its headers nowhere else", async () => {
    const seen: (string | undefined)[] = [];
    const redirecting =
      (location: string): Answer =>
      (request, response) => {
        seen.push(request.headers.authorization);
        if (request.url?.startsWith("/base/")) response.writeHead(302, { location }).end();
        else response.end("moved");
      };
    const headers = { authorization: "Bearer secret" };
    const credentials: StoreCredentials[] = [{ prefix: base, kind: "http", values: { headers } }];
    answer = redirecting("/other/a");
    await expect(open({ credentials }).get("a")).rejects.toMatchObject({ code: "forbidden" });
    const allow = [base, new URL("/other/", base)];
    expect(new TextDecoder().decode(await open({ credentials, allow }).get("a"))).toBe("moved");
    expect(seen).toEqual(["Bearer secret", "Bearer secret", undefined]);
    seen.length = 0;
    const elsewhere = new URL(`http://localhost:${base.port}/other/`);
    answer = redirecting(`${elsewhere.href}a`);
    await open({ credentials, allow: [base, elsewhere], attempts: 1 })
      .get("a")
      .catch(() => undefined);
    expect(seen.slice(0, 2)).toEqual(["Bearer secret", undefined].slice(0, seen.length));
    answer = (_request, response) => void response.writeHead(302, { location: "/base/again" }).end();
    await expect(open().get("a")).rejects.toMatchObject({ code: "upstream" });
  });

  it("sends name and password of its address there and nowhere else, unless the configuration has others", async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/base/moved") response.writeHead(302, { location: "/other/a" }).end();
      else response.end("bytes");
    };
    const named = new URL(base);
    named.username = "reader";
    named.password = "p@ss:wörd";
    const allow = [named, new URL("/other/", base)];
    const store = httpStore(named, { allow });
    await store.get("a");
    await store.get("moved");
    const basic = `Basic ${Buffer.from("reader:p@ss:wörd").toString("base64")}`;
    expect(seen).toEqual([basic, basic, undefined]);
    const headers = { Authorization: "Bearer token" };
    await httpStore(named, { credentials: [{ prefix: base, kind: "http", values: { headers } }] }).get("a");
    expect(seen.at(-1)).toBe("Bearer token");
  });

  it("stops reading an answer that is longer than allowed", async () => {
    const store = open({ maxReadBytes: 100 });
    await expect(store.get("tas/c/0/0")).rejects.toMatchObject({ code: "upstream" });
    expect((await store.get("tas/c/0/0", { range: { offset: 0, length: 100 } }))?.length).toBe(100);
    await store.close?.();
  });

  it("refuses encoded bodies, whose ranges and sizes would mean something else", async () => {
    answer = (_request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x");
    await expect(open({ attempts: 1 }).get("a")).rejects.toMatchObject({ code: "upstream" });
  });

  it("does not stumble over long pages that come with a refusal", async () => {
    const page = "x".repeat(2_000_000);
    for (const [status, headers] of [
      [404, {}],
      [500, {}],
      [200, { "content-encoding": "br" }],
    ] as const) {
      answer = (_request, response) => void response.writeHead(status, headers).end(page);
      const read = open({ attempts: 1 }).get("a");
      if (status === 404) expect(await read).toBeUndefined();
      else await expect(read).rejects.toMatchObject({ code: "upstream" });
    }
  });

  it("gives up when the caller leaves", async () => {
    answer = () => undefined;
    const controller = new AbortController();
    const read = open().get("a", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("left")), 10);
    await expect(read).rejects.toThrow("left");
  });

  it("keeps the query of its base, for signed addresses", async () => {
    let asked: string | undefined;
    answer = (request, response) => {
      asked = request.url;
      response.end("x");
    };
    const store = httpStore(new URL("?sig=1%2F2", base));
    await store.get("a b/c");
    expect(asked).toBe("/base/a%20b/c?sig=1%2F2");
    await store.close?.();
  });
});
