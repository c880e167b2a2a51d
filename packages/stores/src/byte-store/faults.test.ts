import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { isGatewayError } from "@zarr-gateway/primitives";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ByteStore } from "../byte-store.ts";
import { storeAccess } from "../random-access/store-access.ts";
import { type AzureServer, startAzureServer } from "../testing/azure-server.ts";
import { type Fault, type FaultProxy, faultProxy } from "../testing/fault-proxy.ts";
import { type S3Server, startS3Server } from "../testing/s3-server.ts";
import { azureStore } from "./azure.ts";
import { httpStore } from "./http.ts";
import { s3Store } from "./s3.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // real servers on a busy machine

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, position) => (position * 7) % 256);
const RANGE = { offset: 1000, length: 200_000 };
const options = { backoffMs: 1, attempts: 4, timeoutMs: 500 };

/** A real server behind a proxy that fails on demand, and a store on it. */
interface Setup {
  readonly proxy: FaultProxy;
  readonly store: ByteStore;
  close(): Promise<void>;
}

async function s3Setup(): Promise<Setup> {
  const server: S3Server = await startS3Server(["data"]);
  await server.put("data", "object", CONTENT);
  const proxy = await faultProxy(server.endpoint);
  const location = new URL("s3://data/");
  const values = { ...server.credentials, endpoint: proxy.url.href };
  const store = s3Store(location, { ...options, credentials: [{ prefix: location, kind: "s3", values }] });
  return { proxy, store, close: () => server.close() };
}

async function azureSetup(): Promise<Setup> {
  const server: AzureServer = await startAzureServer([]);
  await server.service.createContainer("data", { access: "container" });
  await server.put("data", "object", CONTENT);
  const proxy = await faultProxy(new URL(server.endpoint.origin));
  const location = new URL("az://data/");
  const endpoint = `${proxy.url.origin}${server.endpoint.pathname}`;
  // a key's signature would cover the range that the proxy takes away
  const values = { account: server.credentials.account, endpoint, anonymous: true };
  const store = azureStore(location, {
    ...options,
    credentials: [{ prefix: location, kind: "azure", values }],
  });
  return { proxy, store, close: () => server.close() };
}

async function httpSetup(): Promise<Setup> {
  const server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const part = first === undefined ? CONTENT : CONTENT.subarray(Number(first), Number(last) + 1);
    const range = first === undefined ? {} : { "content-range": `bytes ${first}-${last}/${CONTENT.length}` };
    const headers = { etag: '"1"', "content-length": part.length, ...range };
    response.writeHead(first === undefined ? 200 : 206, headers);
    response.end(request.method === "HEAD" ? undefined : part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const proxy = await faultProxy(new URL(`http://127.0.0.1:${port}`));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { proxy, store: httpStore(proxy.url, options), close };
}

/** Faults that a new attempt heals. */
const PASSING: readonly Fault[] = [
  { kind: "status", status: 503 },
  { kind: "status", status: 429, retryAfter: "0" },
  { kind: "status", status: 500 },
  { kind: "reset" },
  { kind: "reset-in-body" },
  { kind: "truncated" },
  { kind: "stalled" },
];

describe.each([
  ["http", httpSetup],
  ["s3", s3Setup],
  ["azure", azureSetup],
])("reading from %s", (_name, setup) => {
  let proxy: FaultProxy;
  let store: ByteStore;
  let made: Setup;
  beforeAll(async () => {
    made = await setup();
    ({ proxy, store } = made);
    await store.get("object"); // modules are loaded now
  });
  afterAll(async () => {
    await store.close?.();
    await proxy.close();
    await made.close();
  });
  beforeEach(() => {
    proxy.requests.length = 0;
    proxy.fault = () => undefined;
  });
  const expected = Buffer.from(CONTENT.subarray(RANGE.offset, RANGE.offset + RANGE.length));
  const read = async (): Promise<Buffer> => Buffer.from((await store.get("object", { range: RANGE })) ?? []);

  it.each(PASSING)("heals $kind $status by a new attempt", async (fault) => {
    let failures = 0;
    proxy.fault = () => (failures++ < 2 ? fault : undefined);
    expect((await read()).equals(expected)).toBe(true);
    expect(proxy.requests.length).toBe(3);
  });
  it.each(PASSING)("gives up on $kind $status that lasts, and never calls it absence", async (fault) => {
    proxy.fault = () => fault;
    await expect(read()).rejects.toMatchObject({ code: "upstream" });
    expect(proxy.requests.length).toBe(4);
  });
  it("refuses another range than the one asked for", async () => {
    proxy.fault = () => ({ kind: "wrong-range" });
    await expect(store.get("object", { range: { offset: 0, length: 3 } })).rejects.toMatchObject({
      code: "upstream",
    });
  });
  it("refuses a web page in place of the object, whole or in part", async () => {
    proxy.fault = () => ({ kind: "page" });
    await expect(read()).rejects.toMatchObject({ code: "upstream" });
    await expect(store.get("object")).rejects.toMatchObject({ code: "upstream" });
  });
  it("refuses other bytes than were announced, and goes on over clean connections", async () => {
    proxy.fault = () => ({ kind: "understated" });
    await expect(read()).rejects.toMatchObject({ code: "upstream" });
    proxy.fault = () => undefined;
    for (let count = 0; count < 5; count += 1) expect((await read()).equals(expected)).toBe(true);
  });
  it("fails when the object becomes another between two pieces, also where conditions are ignored", async () => {
    const access = await storeAccess(store, "object");
    expect(Buffer.from(await access.read(1000, 10)).equals(expected.subarray(0, 10))).toBe(true);
    proxy.fault = () => ({ kind: "other-version" });
    await expect(access.read(1010, 10)).rejects.toMatchObject({ details: { changed: true } });
  });
  it("gives the right bytes where the range is ignored", async () => {
    proxy.fault = () => ({ kind: "range-ignored" });
    expect((await read()).equals(expected)).toBe(true);
    proxy.fault = () => undefined;
    expect((await read()).equals(expected)).toBe(true);
  });
  it("gives right bytes or an error under any mixture of faults", async () => {
    const faults: (Fault | undefined)[] = [
      ...PASSING.slice(0, 6),
      { kind: "range-ignored" },
      undefined,
      undefined,
    ];
    let count = 0;
    proxy.fault = () => faults[(count++ * 7) % faults.length];
    const results = await Promise.allSettled(Array.from({ length: 20 }, read));
    for (const result of results) {
      if (result.status === "fulfilled") expect(result.value.equals(expected)).toBe(true);
      else expect(isGatewayError(result.reason) && result.reason.code).toBe("upstream");
    }
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
  });
  it("lets go of the connection when the caller leaves", async () => {
    proxy.fault = () => ({ kind: "stalled" });
    const controller = new AbortController();
    const before = await proxy.connections();
    const left = store.get("object", { signal: controller.signal });
    left.catch(() => undefined); // looked at below
    for (let tries = 0; tries < 500 && proxy.requests.length === 0; tries += 1) await wait(10);
    controller.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    for (let tries = 0; tries < 50 && (await proxy.connections()) > before; tries += 1) await wait(10);
    expect(await proxy.connections()).toBeLessThanOrEqual(before);
    expect(proxy.requests.length).toBe(1);
  });
});
