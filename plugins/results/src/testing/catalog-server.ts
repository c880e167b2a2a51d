import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface CatalogServer {
  readonly url: string;
  /** `METHOD path?query` of each request that changes something, in order. */
  readonly writes: string[];
  readonly tokens: Set<string | undefined>;
  readonly collections: Map<string, Record<string, unknown>>;
  readonly items: Map<string, Record<string, unknown>>;
  readonly configurations: Map<string, unknown[]>;
  /** What operations end as; `Failed` to have ingestion fail. */
  outcome: string;
  close(): Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Looks at an operation that say `Running` before it ends. */
const RUNNING_LOOKS = 2;

/**
 * A catalog as far as writers see it: a GeoCatalog below `/geo/` (api-version required, collections and items are operations
 * that are polled, 409 for what is there) and a STAC API with the Transaction extension below `/stac-api/`.
 */
export async function startCatalogServer(): Promise<CatalogServer> {
  const collections = new Map<string, Record<string, unknown>>();
  const items = new Map<string, Record<string, unknown>>();
  const configurations = new Map<string, unknown[]>();
  const operations = new Map<string, { looks: number; apply: () => void }>();
  const writes: string[] = [];
  const tokens = new Set<string | undefined>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  const state: CatalogServer = {
    url,
    writes,
    tokens,
    collections,
    items,
    configurations,
    outcome: "Succeeded",
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const asked = new URL(request.url ?? "/", url);
    tokens.add(request.headers.authorization);
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString(); // no encoding is set
    const { method = "GET" } = request;
    if (method !== "GET") writes.push(`${method} ${asked.pathname}`);
    const isGeo = asked.pathname.startsWith("/geo/");
    if (isGeo && asked.searchParams.get("api-version") === null)
      return send(response, 400, { error: "api-version" });
    const path = asked.pathname.replace(/^\/geo\/stac\/|^\/geo\/|^\/stac-api\//, "");
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>); // of this test
    return (isGeo ? geo : stac)({ method, path, body }, response);
  }

  function later(response: ServerResponse, apply: () => void): ServerResponse {
    const id = String(operations.size + 1);
    operations.set(id, { looks: 0, apply });
    return send(
      response,
      202,
      { id, status: "Pending" },
      { location: `${url}/geo/operations/${id}?api-version=x` },
    );
  }

  function geo({ method, path, body }: Asked, response: ServerResponse): ServerResponse {
    const operation = operations.get(/^operations\/(\d+)$/.exec(path)?.[1] ?? "");
    if (operation !== undefined) {
      operation.looks += 1;
      if (operation.looks <= RUNNING_LOOKS) return send(response, 200, { status: "Running" });
      if (state.outcome === "Succeeded") operation.apply();
      return send(response, 200, { status: state.outcome, error: { message: "the asset cannot be read" } });
    }
    const [, id = "", rest = ""] = /^collections\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (method === "POST" && path === "collections") {
      if (collections.has(String(body["id"]))) return send(response, 409, {});
      return later(response, () => collections.set(String(body["id"]), body));
    }
    if (!collections.has(id)) return send(response, 404, { error: "no such collection" });
    if (rest.startsWith("configurations/")) {
      const known = configurations.get(`${id} ${rest}`) ?? [];
      if (method === "POST" && known.some((one) => (one as { id?: unknown }).id === body["id"]))
        return send(response, 409, {});
      configurations.set(`${id} ${rest}`, method === "PUT" ? [body] : [...known, body]);
      return send(response, method === "PUT" ? 200 : 201, body);
    }
    if (method === "POST" && rest === "items")
      return later(response, () => items.set(String(body["id"]), body));
    if (method === "PUT" && rest.startsWith("items/"))
      return later(response, () => items.set(String(body["id"]), body));
    if (rest.startsWith("items/")) return sendKnown(response, items.get(rest.slice(6)));
    return sendKnown(response, collections.get(id));
  }

  function stac({ method, path, body }: Asked, response: ServerResponse): ServerResponse {
    const [, id = "", rest = ""] = /^collections\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (method === "POST" && path === "collections") {
      collections.set(String(body["id"]), body);
      return send(response, 201, body);
    }
    if (method === "POST" && rest === "items") {
      if (items.has(String(body["id"]))) return send(response, 409, {});
      items.set(String(body["id"]), body);
      return send(response, 201, body);
    }
    if (method === "PUT" && rest.startsWith("items/")) {
      items.set(rest.slice(6), body);
      return send(response, 204, undefined);
    }
    return sendKnown(response, collections.get(id));
  }
  return state;
}

function sendKnown(response: ServerResponse, found: Record<string, unknown> | undefined): ServerResponse {
  return found === undefined ? send(response, 404, { code: "NotFound" }) : send(response, 200, found);
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): ServerResponse {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  return response.end(body === undefined ? undefined : JSON.stringify(body));
}
