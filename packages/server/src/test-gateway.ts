import { jsonResource, type Resource, respond } from "@zarr-gateway/http";
import { datasetRoutes, definePlugin, type Plugin } from "@zarr-gateway/plugin";
import { createByteCache, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
import { silentLog } from "./log.ts";

/** A pool that is never used. */
export const idlePool: WorkerPool = {
  run: () => Promise.reject(new Error("not in this test")),
  queued: 0,
  running: 0,
  close: async () => undefined,
};

/** For the tests of this package. */
export function startGateway(
  plugins: readonly Plugin<unknown>[],
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  return createGateway({
    plugins: plugins.map((plugin) => ({ plugin })),
    cache: createByteCache(0),
    pool: idlePool,
    log: silentLog(),
    version: "1.2.3",
    ...options,
  });
}

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

/** Dataset `air` opens, `broken` does not; `zarr/{key}` answers 1000 bytes, or what `resources` holds. */
export function airPlugin(resources: Readonly<Record<string, Resource>> = {}): Plugin<unknown> {
  const bytes: Resource = {
    contentType: "application/octet-stream",
    stat: () => ({ size: BYTES.length, etag: "air-1" }),
    read: (range) =>
      range === undefined ? BYTES : BYTES.subarray(range.offset, range.offset + range.length),
  };
  return definePlugin({
    name: "air",
    version: "0.1.0",
    prefix: "",
    options: { parse: (input) => input },
    setup: () => {
      const routes = datasetRoutes();
      routes.get("/", (c) =>
        respond(c, jsonResource({ id: c.var.datasetId, version: c.var.dataset.version })),
      );
      routes.get("/keys", (c) => respond(c, jsonResource(["t"])));
      routes.get("/fails", () => {
        throw new Error("secret detail");
      });
      routes.get("/plain", (c) => c.json({ plain: true }));
      routes.get("/zarr/:key{.+}", (c) => respond(c, resources[c.req.param("key")] ?? bytes));
      return { datasetRoutes: routes, providers: [provider] };
    },
  });
}

const provider = {
  name: "air",
  async *ids() {
    yield* ["air", "broken"];
  },
  async open(id: string) {
    if (id === "broken") throw new GatewayError("upstream", "the file is truncated");
    return id === "air" ? { attrs: {}, variables: new Map(), groups: new Map(), version: "1" } : undefined;
  },
};
