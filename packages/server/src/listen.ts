import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { GatewayError, messageOf } from "@zarr-gateway/primitives";
import type { Gateway } from "./gateway.ts";
import { operationsFetch } from "./operations-fetch.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Answers `/health`, `/liveness`, `/readiness` and `/metrics` alone. */
  readonly onlyOperations?: boolean;
  /** Certificate chain and key as PEM; HTTP/2 is spoken then, and HTTP/1.1 with who does not. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array } | undefined;
}

export interface Listening {
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new connections, lets requests in flight finish, then closes the gateway. Answers from now on say that
   * their connection ends; what is not through after the grace period is cut.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Longer than the idle time of common proxies (60 s), so that they never write into a closing connection. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 60_000;
const REQUEST_MS = 300_000;
/** Without a byte in either direction: a held request of a model run is silent for minutes. */
const SILENT_SOCKET_MS = 600_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 20_000;
const BACKLOG = 4096;
const GRACE_MS = 30_000;
const IDLE_CHECK_MS = 50;
/** So long a kept connection may still bring a request that its client sent before it could know. */
const IDLE_GRACE_MS = 200;

const SERVER_OPTIONS: ServerOptions = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  noDelay: true,
};

type AnyResponse = ServerResponse | Http2ServerResponse;
type AnyServer = Server | Http2SecureServer;

/** @throws GatewayError conflict when the port is taken, invalid_request when the address cannot be had */
export async function listen(gateway: Gateway, options: ListenOptions): Promise<Listening> {
  const exchanges = new Exchanges();
  const server = createListener(gateway, options, exchanges);
  const connections = trackConnections(server);
  await bound(server, options);
  const { port } = server.address() as AddressInfo; // bound to a host and port, not to a pipe
  let closing: Promise<void> | undefined;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${urlHost(options.host)}:${port}`,
    port,
    close: ({ graceMs = GRACE_MS } = {}) => {
      closing ??= stop(gateway, server, { connections, exchanges, graceMs });
      return closing;
    },
  };
}

/** Answers that the whole way is still making, so that those too can say that their connection ends. */
class Exchanges {
  readonly #open = new Set<ServerResponse>();
  #isClosing = false;

  begin(outgoing: AnyResponse): void {
    if (this.#isClosing && outgoing instanceof ServerResponse) outgoing.shouldKeepAlive = false;
  }

  wait(outgoing: AnyResponse): void {
    if (!(outgoing instanceof ServerResponse)) return;
    this.#open.add(outgoing);
    outgoing.once("close", () => this.#open.delete(outgoing));
  }

  /** HTTP/2 has its own word for it. */
  close(): void {
    this.#isClosing = true;
    for (const outgoing of this.#open) outgoing.shouldKeepAlive = false;
  }
}

function createListener(gateway: Gateway, options: ListenOptions, exchanges: Exchanges): AnyServer {
  const { host, tls, onlyOperations = false } = options;
  const answer = getRequestListener(onlyOperations ? operationsFetch(gateway.fetch) : gateway.fetch, {
    hostname: host,
    errorHandler: (error) => refusedRequest(error),
  });
  const recent = onlyOperations ? undefined : gateway.recent;
  const listener = (...exchange: Parameters<typeof answer>): void => {
    const [incoming, outgoing] = exchange;
    exchanges.begin(outgoing);
    const isPlain =
      recent !== undefined && incoming instanceof IncomingMessage && outgoing instanceof ServerResponse;
    const given = isPlain && recent.answer(incoming, outgoing);
    if (given === true) return;
    exchanges.wait(outgoing);
    // neither rejects
    if (given === false) void answer(...exchange);
    else void given.then((isAnswered) => (isAnswered ? undefined : answer(...exchange)));
  };
  const server: AnyServer =
    tls === undefined
      ? createServer(SERVER_OPTIONS, listener)
      : createSecureServer(
          { ...SERVER_OPTIONS, allowHTTP1: true, cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) },
          listener,
        );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SILENT_SOCKET_MS);
  return server;
}

interface Connections {
  readonly sockets: ReadonlySet<Socket>;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

/** Node closes idle connections of HTTP/1.1 without TLS by itself; of the others we must know. */
function trackConnections(server: AnyServer): Connections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return { sockets, sessions };
}

/** Requests that are none: a backslash in the path names nothing, a Host header that is no host is refused. */
function refusedRequest(error: unknown): Response {
  const isPath = messageOf(error).includes("request path");
  const problem = isPath
    ? { title: "Not found", status: 404, code: "not_found", detail: "Not Found" }
    : {
        title: "Invalid request",
        status: 400,
        code: "invalid_request",
        detail: "URL or Host header cannot be read",
      };
  return new Response(JSON.stringify({ type: `urn:zarr-gateway:error:${problem.code}`, ...problem }), {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", "Access-Control-Allow-Origin": "*" },
  });
}

function bound(server: AnyServer, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): GatewayError {
  const address = `${urlHost(host)}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new GatewayError(
        "conflict",
        `${address} is in use already; take another port with --port`,
        {},
        error,
      );
    case "EACCES":
      return new GatewayError(
        "forbidden",
        `listening on ${address} is not permitted; take a port from 1024 on`,
        {},
        error,
      );
    default:
      return new GatewayError(
        "invalid_request",
        `cannot listen on ${address}: ${error.code ?? error.message}`,
        {},
        error,
      );
  }
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

interface Stopping {
  readonly connections: Connections;
  readonly exchanges: Exchanges;
  readonly graceMs: number;
}

async function stop(
  gateway: Gateway,
  server: AnyServer,
  { connections: { sockets, sessions }, exchanges, graceMs }: Stopping,
): Promise<void> {
  gateway.drain();
  exchanges.close();
  const closed = new Promise<void>((resolve) => {
    // as a server of sockets: a server of HTTP would cut idle connections, over which requests may be on their way
    NetServer.prototype.close.call(server, () => resolve());
  });
  for (const session of sessions) session.close();
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const started = performance.now();
  const closeIdle = (): void => {
    if ("closeIdleConnections" in server) server.closeIdleConnections();
    else if (gateway.inFlight === 0) cutAll();
  };
  // an answer that was on its way already may leave its connection idle: look again until all are gone, and each time
  // only after what has arrived meanwhile was read
  const idle = setInterval(() => {
    if (performance.now() - started >= Math.min(IDLE_GRACE_MS, graceMs)) setImmediate(closeIdle);
  }, IDLE_CHECK_MS);
  const cut = setTimeout(cutAll, graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
  server.close(); // its timers
  await gateway.close();
  gateway.log.flush();
}
