import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createSecureContext } from "node:tls";
import {
  createByteCache,
  createDiskCache,
  createWorkerPool,
  type DiskCache,
  messageOf,
  type WorkerPool,
} from "@zarr-gateway/primitives";
import {
  createGateway,
  DEFAULT_LIMITS,
  type Gateway,
  type Listening,
  listen,
  type ServerLog,
} from "@zarr-gateway/server";
import type { LoadedConfiguration } from "./configuration/index.ts";
import { ConfigurationError } from "./configuration/index.ts";
import { withForecastPlaces } from "./forecast-problems.ts";
import { choosePlugins } from "./plugins.ts";
import { processCount } from "./process-count.ts";
import { programVersion } from "./version.ts";

/** Everything wired, nothing listening yet. */
export interface Program {
  /** The whole server without a socket. */
  readonly gateway: Gateway;
  /**
   * Starts to listen and answers with the URL.
   * @param onlyOperations for who watches the process alone: `/health`, `/liveness`, `/readiness` and `/metrics`
   * @throws GatewayError when the port is taken, and the like
   */
  listen(onlyOperations?: boolean): Promise<string>;
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
  const tls = await readTls(loaded);
  const pool = createWorkerPool({ threads: threadsOf(loaded), maxQueue: MAX_QUEUED_TASKS });
  const disk = openDiskCache(loaded, log);
  try {
    const gateway = await createGateway({
      plugins,
      log,
      pool,
      cache: createByteCache(cache.memory, { disk }),
      publicUrl: server.publicUrl,
      trustedProxies: server.trustedProxies,
      cors: server.cors,
      limits: { checkEveryMs: sources.checkEvery, recentAnswersBytes: recentAnswersBytes(cache.memory) },
      version: programVersion(),
    });
    return new WiredProgram(gateway, { pool, disk }, { host: server.host, port: server.port, tls });
  } catch (error) {
    await disk?.close();
    await pool.close();
    throw withForecastPlaces(error, loaded);
  }
}

/** Chunks of another version of the program are not found: it may have made them differently. */
function openDiskCache({ configuration }: LoadedConfiguration, log: ServerLog): DiskCache | undefined {
  const { disk } = configuration.cache;
  if (disk === undefined) return undefined;
  return createDiskCache({
    path: disk.path,
    maxBytes: disk.size,
    generation: programVersion(),
    onProblem: (message, error) => log.warn({ err: error }, `${message}: ${messageOf(error)}`),
  });
}

interface Opened {
  readonly pool: WorkerPool;
  readonly disk: DiskCache | undefined;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls | undefined;
}

class WiredProgram implements Program {
  readonly gateway: Gateway;
  readonly #opened: Opened;
  readonly #address: Address;
  #listening: Listening | undefined;

  constructor(gateway: Gateway, opened: Opened, address: Address) {
    this.gateway = gateway;
    this.#opened = opened;
    this.#address = address;
  }

  async listen(onlyOperations = false): Promise<string> {
    this.#listening = await listen(this.gateway, { ...this.#address, onlyOperations });
    return this.#listening.url;
  }

  async close(): Promise<void> {
    try {
      await (this.#listening?.close({ graceMs: DRAIN_MS }) ?? this.gateway.close());
    } finally {
      await this.#opened.disk?.close();
      await this.#opened.pool.close();
    }
  }
}

/** Threads that decode: the processes of one machine share its cores. */
/** Beside the cache of chunks, small against it, and none where none is wanted. */
function recentAnswersBytes(cacheBytes: number): number {
  return Math.min(DEFAULT_LIMITS.recentAnswersBytes, Math.floor(cacheBytes / 8));
}

function threadsOf({ configuration }: LoadedConfiguration): number {
  const { processes } = configuration.server;
  return Math.max(1, Math.floor(availableParallelism() / processCount(processes)));
}

interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws ConfigurationError when certificate or key cannot be read or do not fit */
async function readTls({ configuration, document }: LoadedConfiguration): Promise<Tls | undefined> {
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
  const pair = { cert: await read("cert"), key: await read("key") };
  try {
    createSecureContext(pair);
  } catch (error) {
    const place = document?.placeOf(["server", "tls"]);
    const message = `expected a PEM certificate and its key; ${messageOf(error)}`;
    throw new ConfigurationError([{ place, key: "server.tls", message }]);
  }
  return pair;
}
