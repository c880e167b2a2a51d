import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GoogleServer {
  readonly endpoint: URL;
  /** `Authorization` of each request so far. */
  readonly tokens: (string | undefined)[];
  close(): Promise<void>;
}

/**
 * As much of Cloud Storage's XML and JSON interfaces as a reader uses, for one bucket "data": nothing on npm speaks them.
 * Objects are listed two a page.
 */
export async function startGoogleServer(
  objects: Readonly<Record<string, Uint8Array>>,
): Promise<GoogleServer> {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    const url = new URL(request.url ?? "/", "http://host");
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
    const end = key.indexOf(delimiter, prefix.length);
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
