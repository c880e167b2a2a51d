import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteStore } from "../byte-store.ts";
import type { S3Credentials } from "../credentials.ts";
import { s3Store } from "./s3.ts";

interface Refusal {
  readonly status: number;
  readonly code: string;
}

let server: Server;
let requests: IncomingMessage[];
let refuse: (request: IncomingMessage) => Refusal | undefined;
let store: ByteStore;

beforeEach(async () => {
  requests = [];
  refuse = () => undefined;
  server = createServer((request, response) => {
    requests.push(request);
    const refusal = refuse(request);
    const { url = "" } = request;
    const headers = { etag: '"1"', "content-length": url.length };
    if (refusal === undefined) response.writeHead(200, headers).end(url);
    else response.writeHead(refusal.status).end(`<Error><Code>${refusal.code}</Code></Error>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  store = open({ accessKeyId: "KEY", secretAccessKey: "SECRET", region: "eu-north-1" });
});
afterEach(async () => {
  await store.close?.();
  server.closeAllConnections();
  server.close();
});

function open(values: S3Credentials): ByteStore {
  const { port } = server.address() as AddressInfo; // it listens on a port
  const location = new URL("s3://data/a%20folder/");
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = [{ prefix: location, kind: "s3", values: { ...values, endpoint } }] as const;
  return s3Store(location, { credentials, backoffMs: 1 });
}

/** Who made each request, by the header that the SDK sends. */
function makers(): string[] {
  return requests.map(({ headers }) => ("amz-sdk-invocation-id" in headers ? "sdk" : "store"));
}

async function text(key: string): Promise<string> {
  return Buffer.from((await store.get(key)) ?? []).toString();
}

describe("reads of a bucket", () => {
  it("are made by the SDK once, and from then on signed here for the same region and address", async () => {
    expect(await text("x.zarr/c/0")).toBe("/data/a%20folder/x.zarr/c/0?x-id=GetObject");
    expect(await text("ü (1)/c")).toBe("/data/a%20folder/%C3%BC%20%281%29/c");
    expect((await store.stat("b"))?.etag).toBe('"1"');
    expect(makers()).toEqual(["sdk", "store", "store"]);
    const scopes = requests.map(({ headers }) => /Credential=([^,]+)/.exec(headers.authorization ?? "")?.[1]);
    const [first] = scopes;
    expect(first).toMatch(/^KEY\/\d{8}\/eu-north-1\/s3\/aws4_request$/);
    expect(scopes).toEqual([first, first, first]);
  });
  it("are not signed where nothing is", async () => {
    await store.close?.();
    store = open({ anonymous: true });
    await store.get("a");
    await store.get("b");
    expect(makers()).toEqual(["sdk", "store"]);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });
  it("ask the SDK again after a redirect or a refusal, which it may have a remedy for", async () => {
    await store.get("a");
    refuse = ({ headers }) =>
      "amz-sdk-invocation-id" in headers ? undefined : { status: 400, code: "ExpiredToken" };
    expect(await text("b")).toContain("/b");
    refuse = () => undefined;
    await store.get("c");
    expect(makers()).toEqual(["sdk", "store", "sdk", "store"]);
  });
  it("tell an absent key from an absent bucket, a changed object and a refusal, as the SDK's reads do", async () => {
    await store.get("a");
    const seen: unknown[] = [];
    for (const [status, code] of [
      [404, "NoSuchKey"],
      [404, "NoSuchBucket"],
      [412, "PreconditionFailed"],
      [403, "AccessDenied"],
      [503, "SlowDown"],
    ] as const) {
      refuse = () => ({ status, code });
      const result = await store.get("b").catch((error: unknown) => error);
      seen.push(result === undefined ? "absent" : result);
    }
    expect(seen).toMatchObject([
      "absent",
      { code: "upstream", details: { status: 404 } },
      { code: "upstream", details: { changed: true } },
      { code: "forbidden", details: { status: 403 } },
      { code: "upstream", details: { retryable: true } },
    ]);
  });
});
