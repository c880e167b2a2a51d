import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { DatasetCatalog } from "@zarr-gateway/plugin";
import { createByteCache, createWorkerPool, messageOf } from "@zarr-gateway/primitives";
import { createGateway, listen, type ServerLog } from "@zarr-gateway/server";
import type { LoadedConfiguration } from "./configuration/index.ts";
import { ConfigurationError } from "./configuration/index.ts";
import { choosePlugins } from "./plugins.ts";

/** Everything wired, nothing listening yet. */
export interface Program {
  readonly datasets: DatasetCatalog;
  /** The whole server without a socket. */
  fetch(request: Request): Promise<Response>;
  /** Starts to listen and answers with the URL. @throws Error saying that the port is taken, and the like */
  listen(): Promise<string>;
  /** No new work; requests in flight finish, 30 s at most; then everything is closed. */
  close(): Promise<void>;
}

/** Requests that may wait for a thread; past it they are answered 503 with Retry-After. */
const MAX_QUEUED_TASKS = 2000;
export const DRAIN_MS = 30_000;

/**
 * Builds the pool, the cache, the plugins and the server of a configuration.
 * @throws ConfigurationError for plugins and options that cannot be used
 */
export async function createProgram(loaded: LoadedConfiguration, log: ServerLog): Promise<Program> {
  const { server, cache, sources } = loaded.configuration;
  const plugins = await choosePlugins(loaded);
  const pool = createWorkerPool({ threads: threadsOf(loaded), maxQueue: MAX_QUEUED_TASKS });
  const gateway = await createGateway({
    plugins,
    log,
    pool,
    cache: createByteCache(cache.memory),
    publicUrl: server.publicUrl,
    trustedProxies: server.trustedProxies,
    cors: server.cors,
    checkEveryMs: sources.checkEvery,
  });
  return { datasets: gateway.datasets };
}

/** Threads that decode: the processes of one machine share its cores. */
function threadsOf({ configuration }: LoadedConfiguration): number {
  const { processes } = configuration.server;
  return Math.max(1, Math.floor(availableParallelism() / processCount(processes)));
}

export function processCount(processes: number | "auto"): number {
  return processes === "auto" ? availableParallelism() : processes;
}

/** @throws ConfigurationError when certificate or key cannot be read */
async function readTls({
  configuration,
  document,
}: LoadedConfiguration): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const { tls } = configuration.server;
  if (!tls) return undefined;
  const read = async (name: "cert" | "key"): Promise<Buffer> => {
    try {
      return await readFile(tls[name]);
    } catch (error) {
      const place = document?.placeOf(["server", "tls", name]);
      throw new ConfigurationError([
        { place, key: `server.tls.${name}`, message: `cannot be read: ${messageOf(error)}` },
      ]);
    }
  };
  return { cert: await read("cert"), key: await read("key") };
}
