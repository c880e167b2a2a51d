import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GoogleServer {
  readonly endpoint: URL;
  /** `Authorization` of each request so far. */
  readonly tokens: (string | undefined)[];
  close(): Promise<void>;
}

/**
 * As much of Cloud Storage's XML and JSON interfaces as a reader and a writer use, for one bucket "data": nothing on npm
 * speaks them. Objects are listed two a page.
 */
export async function startGoogleServer(objects: Record<string, Uint8Array>): Promise<GoogleServer> {
  const tokens: (string | undefined)[] = [];
  const sessions = new Map<string, UploadSession>();
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    const url = new URL(request.url ?? "/", "http://host");
    if (request.method !== "GET" && request.method !== "HEAD")
      return void answerWrite(request, response, { url, objects, sessions });
    if (url.pathname === "/storage/v1/b/data/o") return answerListing(url, response, Object.keys(objects));
    const [, bucket, ...key] = url.pathname.split("/").map(decodeURIComponent);
    const bytes = bucket === "data" ? objects[key.join("/")] : undefined;
    const code = bucket === "data" ? "NoSuchKey" : "NoSuchBucket";
    if (!bytes)
      return void response.writeHead(404).end(`<?xml version='1.0'?><Error><Code>${code}</Code></Error>`);
    answerObject(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), // it listens on a port
    tokens,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerListing(url: URL, response: ServerResponse, keys: readonly string[]): void {
  const { prefix = "", delimiter = "", pageToken = "0" } = Object.fromEntries(url.searchParams);
  const below = keys.filter((key) => key.startsWith(prefix));
  const names = below.map((key) => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? key : key.slice(0, end + 1);
  });
  const all = [...new Set(names)].sort();
  const start = Number(pageToken);
  const page = all.slice(start, start + 2);
  const more = start + 2 < all.length ? { nextPageToken: String(start + 2) } : {};
  const prefixes = page.filter((name) => name.endsWith("/"));
  const items = page.filter((name) => !name.endsWith("/")).map((name) => ({ name }));
  response.end(JSON.stringify({ prefixes, items, ...more }));
}

function answerObject(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const headers = { etag: `"${bytes.length}"`, "last-modified": new Date(0).toUTCString() };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined || last === undefined) {
    response.writeHead(200, { ...headers, "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
    return;
  }
  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  if (start > end) return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  response.writeHead(206, { ...headers, "content-range": `bytes ${start}-${end}/${bytes.length}` });
  response.end(bytes.subarray(start, end + 1));
}

/** A resumable upload: what came of it so far. */
interface UploadSession {
  readonly key: string;
  bytes: Buffer;
}

interface Writing {
  readonly url: URL;
  readonly objects: Record<string, Uint8Array>;
  readonly sessions: Map<string, UploadSession>;
}

async function answerWrite(
  request: IncomingMessage,
  response: ServerResponse,
  { url, objects, sessions }: Writing,
): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)); // no encoding is set
  const key = url.pathname.split("/").slice(2).map(decodeURIComponent).join("/");
  const session = sessions.get(url.searchParams.get("upload_id") ?? "");
  if (session !== undefined) return answerPart(request, response, { session, body, objects });
  if (request.method === "DELETE") {
    const status = key in objects ? 204 : 404;
    delete objects[key];
    return void response.writeHead(status).end();
  }
  if (request.headers["x-goog-resumable"] === "start") {
    const id = String(sessions.size + 1);
    sessions.set(id, { key, bytes: Buffer.alloc(0) });
    const location = `http://${request.headers.host ?? ""}/data/${key}?upload_id=${id}`;
    return void response.writeHead(201, { location }).end();
  }
  const isWhole = request.headers["content-md5"] === hash("md5", body, "base64");
  if (isWhole) objects[key] = body;
  response.writeHead(isWhole ? 200 : 400).end(isWhole ? "" : "<Error><Code>BadDigest</Code></Error>");
}

function answerPart(
  request: IncomingMessage,
  response: ServerResponse,
  {
    session,
    body,
    objects,
  }: { readonly session: UploadSession; readonly body: Buffer; readonly objects: Record<string, Uint8Array> },
): void {
  const total = Number(request.headers["content-range"]?.split("/")[1]);
  const [, first] = /^bytes (\d+)-/.exec(request.headers["content-range"] ?? "") ?? [];
  if (first !== undefined && Number(first) === session.bytes.length)
    session.bytes = Buffer.concat([session.bytes, body]);
  if (session.bytes.length < total) {
    const range = session.bytes.length === 0 ? {} : { range: `bytes=0-${session.bytes.length - 1}` };
    return void response.writeHead(308, range).end();
  }
  objects[session.key] = session.bytes;
  response
    .writeHead(200, { "x-goog-hash": `crc32c=AAAAAA==,md5=${hash("md5", session.bytes, "base64")}` })
    .end();
}
