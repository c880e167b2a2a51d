import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with one request; everything else passes as it is. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** The connection breaks before any answer. */
  | { readonly kind: "reset" }
  /** The connection breaks in the middle of a body. */
  | { readonly kind: "reset-in-body" }
  /** The body ends early, though its whole length was announced. */
  | { readonly kind: "truncated" }
  /** Half the body, then silence. */
  | { readonly kind: "stalled" }
  /** The whole object instead of the range. */
  | { readonly kind: "range-ignored" }
  /** The right number of bytes from another place, which `Content-Range` admits. */
  | { readonly kind: "wrong-range" }
  /** A page of the proxy's own, with 200. */
  | { readonly kind: "page" }
  /** The right bytes under another ETag, and no look at `If-Match`. */
  | { readonly kind: "other-version" }
  /** Fewer bytes are announced than come. */
  | { readonly kind: "understated" };

export interface FaultProxy {
  readonly url: URL;
  /** Asked for each request. */
  fault: (request: IncomingMessage) => Fault | undefined;
  /** Requests so far: `GET /path bytes=0-1`. */
  readonly requests: string[];
  /** Connections from clients that are open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** A proxy in front of a server that fails on demand. */
export async function faultProxy(target: URL): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { range } = incoming.headers;
    proxy.requests.push(
      [incoming.method, incoming.url, range].filter((part) => part !== undefined).join(" "),
    );
    pass(target, agent, { incoming, outgoing, fault: proxy.fault(incoming) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultProxy = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), // it listens on a port
    fault: () => undefined,
    requests: [],
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

const PAGE = "\n<!DOCTYPE html>\n<html><title>Sign in</title></html>";

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly fault: Fault | undefined;
}

function pass(target: URL, agent: Agent, { incoming, outgoing, fault }: Exchange): void {
  if (fault?.kind === "reset") return void incoming.socket.destroy();
  if (fault?.kind === "status") {
    const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
    outgoing.writeHead(fault.status, headers).end();
    return;
  }
  if (fault?.kind === "page") {
    outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
    return;
  }
  const headers = { ...incoming.headers };
  if (fault?.kind === "other-version") delete headers["if-match"];
  if (fault?.kind === "range-ignored" || fault?.kind === "wrong-range") {
    delete headers.range;
    delete headers["x-ms-range"];
  }
  if (fault?.kind === "wrong-range") headers.range = "bytes=1-3";
  const forwarded = request(new URL(incoming.url ?? "/", target), {
    method: incoming.method ?? "GET",
    headers,
    agent,
  });
  forwarded.on("error", () => outgoing.destroy());
  forwarded.on("response", (response) => {
    const pieces: Buffer[] = [];
    response.on("data", (piece: Buffer) => pieces.push(piece));
    response.on("end", () => answer(outgoing, response, { body: Buffer.concat(pieces), fault }));
  });
  incoming.pipe(forwarded);
}

function answer(
  outgoing: ServerResponse,
  response: IncomingMessage,
  { body, fault }: { readonly body: Buffer; readonly fault: Fault | undefined },
): void {
  if (fault?.kind === "other-version") response.headers.etag = '"another"';
  if (fault?.kind === "understated") response.headers["content-length"] = String(body.length - 1);
  outgoing.strictContentLength = false;
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  const half = body.subarray(0, Math.floor(body.length / 2));
  switch (fault?.kind) {
    case "reset-in-body":
      outgoing.write(half, () => outgoing.destroy());
      break;
    case "truncated":
      outgoing.write(half, () => outgoing.socket?.end());
      break;
    case "stalled":
      outgoing.write(half);
      break;
    default:
      outgoing.end(body);
  }
}
