import { Agent, type IncomingMessage, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Resource } from "@zarr-gateway/http";
import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions } from "./gateway.ts";
import { type Listening, listen } from "./listen.ts";
import { airPlugin, startGateway } from "./test-gateway.ts";

const running: Listening[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 100 })));
});

async function serve(resources: Record<string, Resource> = {}, options: Partial<GatewayOptions> = {}) {
  const gateway = await startGateway([airPlugin(resources)], options);
  const server = await listen(gateway, { host: "127.0.0.1", port: 0 });
  running.push(server);
  return { gateway, server, zarr: `${server.url}/datasets/air/zarr` };
}

/** What comes back for bytes written to a socket as they are. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

/** "answered", or the code of what went wrong. */
function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    request(url, { agent }, (answer) => {
      answer.on("error", failed).on("end", () => resolve("answered"));
      answer.resume();
    })
      .on("error", failed)
      .end();
  });
}

const octets = (stat: Resource["stat"], read: Resource["read"]): Resource => ({
  contentType: "application/octet-stream",
  stat,
  read,
});

describe("listen", () => {
  it("serves ranges, HEAD, 304 and errors through a socket", async () => {
    const { server, zarr } = await serve();
    const part = await fetch(`${zarr}/t/c/0`, { headers: { range: "bytes=0-7" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 0-7/1000"]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    const head = await fetch(`${zarr}/t/c/0`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "1000"]);
    expect(head.headers.get("access-control-allow-origin")).toBe("*");
    const unchanged = await fetch(`${zarr}/t/c/0`, { headers: { "if-none-match": '"air-1"' } });
    expect(unchanged.status).toBe(304);
    const plain = await fetch(`${server.url}/datasets/air/plain`);
    expect([await plain.json(), plain.headers.get("access-control-allow-origin")]).toEqual([
      { plain: true },
      "*",
    ]);
    expect(plain.headers.get("x-request-id")).not.toBeNull();
    expect((await fetch(`${server.url}/nope`)).status).toBe(404);
  });
  it("sees traversal that a URL parser would have resolved", async () => {
    const { server } = await serve();
    for (const path of ["/datasets/air/zarr/../keys", "/datasets/air/%2e%2e/x", "/a\\b", "//x", "/x%2fy"]) {
      const answer = await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect([path, answer.slice(0, 12)]).toEqual([path, "HTTP/1.1 404"]);
    }
    const odd = await raw(server.port, "GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n");
    expect(odd.slice(0, 12)).toBe("HTTP/1.1 400");
  });
  it("answers many requests over one connection", async () => {
    const { zarr } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 5; count += 1) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${zarr}/t/c/${count}`, { agent }, resolve).on("error", reject).end();
      });
      ports.add(answer.socket.localPort);
      answer.resume();
      await new Promise((resolve) => answer.once("end", resolve));
      expect(answer.headers["keep-alive"]).toBe("timeout=75");
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
  it("tells a read that its client has gone, and gives back its place", async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const waiting = octets(
      () => ({}),
      (_range, { signal }) =>
        new Promise((_, reject) => {
          start();
          signal?.addEventListener("abort", () => {
            resolve();
            reject(new Error("aborted"));
          });
        }),
    );
    const { gateway, zarr } = await serve({ waiting });
    const controller = new AbortController();
    const answer = fetch(`${zarr}/waiting`, { signal: controller.signal });
    await started;
    expect(gateway.inFlight).toBe(1);
    controller.abort();
    await expect(answer).rejects.toThrow();
    await aborted;
    await expect.poll(() => gateway.inFlight).toBe(0);
  });
  it("reads no further than a slow client takes, and cuts the connection when a piece fails", async () => {
    const size = 400 * 1024 * 1024;
    let read = 0;
    let fails = false;
    const large = octets(
      () => ({ size }),
      (range) => {
        if (fails) throw new Error("disk");
        read += range?.length ?? 0;
        return new Uint8Array(range?.length ?? 0);
      },
    );
    const { zarr } = await serve({ large });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${zarr}/large`, resolve).on("error", reject).end();
    });
    answer.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(read).toBeLessThan(64 * 1024 * 1024);
    fails = true;
    let received = 0;
    answer.on("data", (bytes: Buffer) => {
      received += bytes.length;
    });
    answer.resume();
    const ended = await new Promise((resolve) => {
      answer.once("end", () => resolve("complete"));
      answer.once("error", () => resolve("cut"));
    });
    expect([ended, received < size]).toEqual(["cut", true]);
  });
  it("finishes what is in flight before it stops, and takes nothing new", async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const slow = octets(
      () => ({ size: 3 }),
      () => promise,
    );
    const { gateway, server, zarr } = await serve({ slow });
    const answer = fetch(`${zarr}/slow`);
    await expect.poll(() => gateway.inFlight).toBe(1);
    const closed = server.close({ graceMs: 5000 });
    await expect(fetch(`${zarr}/t/c/0`, { headers: { connection: "close" } })).rejects.toThrow();
    resolve(Uint8Array.of(1, 2, 3));
    expect((await (await answer).bytes()).length).toBe(3);
    await closed;
  });
  it("cuts no request under load when it stops: each is answered, and the next finds nobody listening", async () => {
    const small = octets(
      () => ({ size: 3, etag: "1" }),
      async () => Uint8Array.of(1, 2, 3),
    );
    const { server, zarr } = await serve({ small });
    const agent = new Agent({ keepAlive: true, maxSockets: 60 });
    const connected = new Set<number>();
    const ends = Array.from({ length: 60 }, async (_, client) => {
      for (;;) {
        // connections are idle for a moment between their requests
        await new Promise((resolve) => setTimeout(resolve, client / 4));
        const end = await ask(`${zarr}/small?${client % 4}`, agent);
        if (end !== "answered") return end;
        connected.add(client);
      }
    });
    await expect.poll(() => connected.size, { timeout: 20_000 }).toBe(60);
    await server.close();
    const counts = new Map<string, number>();
    for (const end of await Promise.all(ends)) counts.set(end, (counts.get(end) ?? 0) + 1);
    agent.destroy();
    expect([...counts]).toEqual([["ECONNREFUSED", 60]]);
  }, 30_000);
  it("cuts what is not through after the grace period", async () => {
    const endless = octets(
      () => ({ size: 3 }),
      () => new Promise(() => undefined),
    );
    const { gateway, server, zarr } = await serve({ endless });
    const answer = fetch(`${zarr}/endless`).catch(() => "cut");
    await expect.poll(() => gateway.inFlight).toBe(1);
    await server.close({ graceMs: 50 });
    expect(await answer).toBe("cut");
  });
  it("says clearly that a port is taken", async () => {
    const { gateway, server } = await serve();
    await expect(listen(gateway, { host: "127.0.0.1", port: server.port })).rejects.toMatchObject({
      code: "conflict",
      message: /in use/,
    });
  });
  it("believes forwarded headers from a trusted proxy alone", async () => {
    const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "data.example.org" };
    const urlOf = async (trustedProxies: string[]): Promise<unknown> => {
      const { server } = await serve({}, { trustedProxies });
      const document = (await (await fetch(`${server.url}/openapi.json`, { headers })).json()) as {
        servers: { url: string }[];
      };
      return document.servers[0]?.url;
    };
    expect(await urlOf(["127.0.0.0/8"])).toBe("https://data.example.org");
    expect(await urlOf(["10.0.0.0/8"])).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});

describe("listen with a certificate", async () => {
  const tls = await selfSigned();
  it.skipIf(tls === undefined)("speaks HTTP/2, and HTTP/1.1 with who does not", async () => {
    const gateway = await startGateway([airPlugin()]);
    const server = await listen(gateway, { host: "127.0.0.1", port: 0, tls });
    running.push(server);
    expect(server.url).toMatch(/^https:/);
    const session = connectHttp2(server.url, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/datasets/air.zarr/t/c/0", range: "bytes=0-7" });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve));
    expect([headers[":status"], headers["content-range"]]).toEqual([206, "bytes 0-7/1000"]);
    expect(headers["access-control-allow-origin"]).toBe("*");
    const missing = session.request({ ":path": "/nope" });
    const problem = await new Promise<Record<string, unknown>>((resolve) =>
      missing.once("response", resolve),
    );
    expect(problem[":status"]).toBe(404);
    stream.resume();
    await new Promise((resolve) => stream.once("close", resolve));
    const metrics = await (await gateway.request("/metrics")).text();
    expect(metrics).toMatch(/requests_total\{route="\/datasets\/:dataset\/zarr.*status="2xx"\} 1/);
    session.close();
    const { request: secureRequest } = await import("node:https");
    const old = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = secureRequest(`${server.url}/datasets`, { rejectUnauthorized: false }, resolve);
      sent.on("error", reject).end();
    });
    expect([old.statusCode, old.httpVersion]).toEqual([200, "1.1"]);
    old.resume();
  });
});

/** A certificate by openssl; undefined where it is not installed. */
async function selfSigned(): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const { execFileSync } = await import("node:child_process");
  const { mkdtempSync, readFileSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "ec"];
    const curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"];
    execFileSync("openssl", ["req", "-x509", ...subject, ...curve, "-keyout", key, "-out", cert], {
      stdio: "ignore",
    });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
