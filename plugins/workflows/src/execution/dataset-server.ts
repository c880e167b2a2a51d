import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serialize } from "node:v8";
import { bytesOfValues, type ChunkIndex, groupAt, isInsideGrid } from "@zarr-gateway/dataset";
import type { DatasetLease, WantedPicture } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { z } from "zod";
import type { DatasetAddress } from "../child/messages.ts";
import type { WireDataset } from "../child/remote-datasets.ts";
import { type AskedDataset, type Catalogs, drawn, leaseOf, modelOf } from "./leased-datasets.ts";
import { provenanceOf, wireError, wireGroup } from "./wire-answers.ts";

/** What one process may read, and what it holds open. */
export interface DatasetSession {
  readonly address: DatasetAddress;
  /** For whom it reads from now on, so that turns are shared out fairly; forgets what was opened before. */
  begin(client: string): void;
  /** Ids and versions of what was opened since `begin`. */
  opened(): readonly OpenedDataset[];
  /** Lets go of everything. */
  close(): void;
}

export interface OpenedDataset {
  readonly id: string;
  readonly version?: string;
  /** What made it, as far as it says so: hash of a model, its runtime, where runs start. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Session {
  client: string;
  readonly leases: Map<number, DatasetLease>;
  readonly opened: Map<string, OpenedDataset>;
}

const MAX_LEASES = 1000;
const MAX_BODY = 64 * 1024;
const memberNoise = z.strictObject({
  scale: z.number().min(0).optional(),
  isWhite: z.boolean().optional(),
  seed: z.int().optional(),
});
const request = z.union([
  z.object({ id: z.string().min(1), variable: z.string().min(1), query: z.string().optional() }),
  z.object({ id: z.string().min(1), noise: memberNoise.optional() }),
  z.object({ lease: z.int(), path: z.array(z.string()), index: z.array(z.int()) }),
  z.object({ lease: z.int() }),
  z.object({ model: z.string().min(1) }),
]);
type DatasetRequest = z.output<typeof request>;

/**
 * Gives datasets to the processes of workflows, on a port of the loopback address that only who was told the token can
 * use: chunks are computed here, once for all who read them, and travel as plain values.
 */
export class DatasetServer {
  readonly #catalogs: Catalogs;
  readonly #sessions = new Map<string, Session>();
  #server: Promise<Server> | undefined;
  #nextLease = 1;

  constructor(catalogs: Catalogs) {
    this.#catalogs = catalogs;
  }

  async session(): Promise<DatasetSession> {
    this.#server ??= this.#listen();
    const server = await this.#server;
    const { port } = server.address() as AddressInfo; // bound to a host and port
    const token = randomBytes(32).toString("base64url");
    const session: Session = { client: "", leases: new Map(), opened: new Map() };
    this.#sessions.set(token, session);
    return {
      address: { url: `http://127.0.0.1:${port}`, token },
      begin: (client) => {
        session.client = client;
        session.opened.clear();
      },
      opened: () => [...session.opened.values()],
      close: () => {
        this.#sessions.delete(token);
        for (const lease of session.leases.values()) lease.release();
        session.leases.clear();
      },
    };
  }

  async close(): Promise<void> {
    const server = await this.#server;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  async #listen(): Promise<Server> {
    const server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
    // reads may wait for a model for as long as the run may take
    server.requestTimeout = 0;
    server.timeout = 0;
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    server.unref();
    return server;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const left = new AbortController();
    outgoing.once("close", () => left.abort(new Error("the reader has gone")));
    try {
      const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? "")?.[1];
      const session = token === undefined ? undefined : this.#sessions.get(token);
      if (session === undefined) throw new GatewayError("unauthorized", "unknown token");
      const asked = request.parse(JSON.parse(await bodyOf(incoming)));
      await this.#handle(session, asked, { outgoing, signal: left.signal });
    } catch (error) {
      if (outgoing.destroyed || outgoing.headersSent) return void outgoing.destroy();
      outgoing.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(wireError(error)));
    }
  }

  #handle(session: Session, asked: DatasetRequest, exchange: Exchange): Promise<void> {
    if ("variable" in asked) return this.#draw(session, asked, exchange);
    if ("id" in asked) return this.#open(session, asked as AskedDataset, exchange); // absent keys are absent in JSON
    if ("path" in asked) return sendChunk(session, asked, exchange);
    if ("model" in asked) return this.#tellModel(session, asked.model, exchange);
    session.leases.get(asked.lease)?.release();
    session.leases.delete(asked.lease);
    exchange.outgoing.writeHead(204).end();
    return Promise.resolve();
  }

  async #tellModel({ client }: Session, id: string, { outgoing, signal }: Exchange): Promise<void> {
    const model = await modelOf(this.#catalogs, id, { signal, client });
    if (model === undefined) outgoing.writeHead(204).end();
    else outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(model));
  }

  async #draw(
    { client }: Session,
    asked: WantedPicture & { readonly id: string },
    { outgoing, signal }: Exchange,
  ): Promise<void> {
    const bytes = await drawn(this.#catalogs, asked, { signal, client });
    outgoing.writeHead(200, { "content-type": "image/png", "content-length": bytes.byteLength }).end(bytes);
  }

  async #open(session: Session, { id, noise }: AskedDataset, { outgoing, signal }: Exchange): Promise<void> {
    if (session.leases.size >= MAX_LEASES)
      throw new GatewayError("too_large", `${MAX_LEASES} datasets are open: close some`);
    const held = await leaseOf(this.#catalogs, { id, noise }, { signal, client: session.client });
    const lease = this.#nextLease++;
    session.leases.set(lease, held);
    const { dataset } = held;
    const { version } = dataset;
    session.opened.set(id, {
      id,
      ...(version !== undefined && { version }),
      attributes: provenanceOf(dataset),
    });
    const wire: WireDataset = { lease, root: wireGroup(dataset), ...(version !== undefined && { version }) };
    outgoing.writeHead(200, { "content-type": "application/octet-stream" }).end(serialize(wire));
  }
}

interface Exchange {
  readonly outgoing: ServerResponse;
  readonly signal: AbortSignal;
}

async function sendChunk(
  session: Session,
  {
    lease,
    path,
    index,
  }: { readonly lease: number; readonly path: readonly string[]; readonly index: ChunkIndex },
  { outgoing, signal }: Exchange,
): Promise<void> {
  const dataset = session.leases.get(lease)?.dataset;
  if (dataset === undefined) throw new GatewayError("not_found", "the dataset is not open");
  const variable = groupAt(dataset, path.slice(0, -1))?.variables.get(path.at(-1) ?? "");
  if (variable === undefined) throw new GatewayError("not_found", `no variable "${path.join("/")}"`);
  const { source } = variable;
  if (!isInsideGrid(source.grid, index))
    throw new GatewayError("invalid_request", `chunk [${index}] lies outside of "${path.join("/")}"`);
  const chunk = await source.read(index, { signal, client: session.client });
  if (chunk === undefined) {
    outgoing.writeHead(204).end();
    return;
  }
  const { values } = chunk;
  const isText = Array.isArray(values);
  const body = isText
    ? Buffer.from(JSON.stringify(values))
    : bytesOfValues(values as Exclude<typeof values, readonly string[]>);
  outgoing.writeHead(200, {
    "content-type": isText ? "application/json" : "application/octet-stream",
    "content-length": body.byteLength,
  });
  outgoing.end(body);
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) throw new GatewayError("too_large", `a request has at most ${MAX_BODY} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
