import {
  type ByteCache,
  createByteCache,
  createLimiter,
  guardedLookup,
  type HostTrust,
  type Limiter,
} from "@zarr-gateway/primitives";
import { Agent, type Dispatcher } from "undici";
import { MAX_WHOLE_BYTES } from "./byte-store/object-store.ts";
import type { RetryOptions } from "./wrap/retried.ts";

export interface RemoteConnectionsOptions extends Pick<RetryOptions, "attempts" | "backoffMs"> {
  /** Silence after which a request fails. */
  readonly timeoutMs?: number;
  /** To one server. */
  readonly maxConnections?: number;
  /** Reads at once, of all servers together; more wait. */
  readonly maxReads?: number;
  /** Reads that may wait; past it they fail with `overloaded`. */
  readonly maxWaiting?: number;
}

/** Of one set of credentials: containers of Azure. */
const MAX_CLIENTS = 256;

/**
 * What stores of other machines share: connections, clients of object stores with what they know of credentials, and
 * the bound on reads at once. Who made it closes it, after the stores that use it.
 */
export class RemoteConnections {
  readonly limiter: Limiter;
  readonly retries: Pick<RetryOptions, "attempts" | "backoffMs">;
  /** Whole objects of servers that ignore ranges: a file is read piece by piece without being fetched for each. */
  readonly wholes: ByteCache = createByteCache(2 * MAX_WHOLE_BYTES);
  readonly #options: RemoteConnectionsOptions;
  readonly #agents = new Map<HostTrust, Agent>();
  /** By credentials, of which the configuration has so many; a client is bound to them for its life. */
  #clients = new WeakMap<object, Map<string, Promise<unknown>>>();

  constructor(options: RemoteConnectionsOptions = {}) {
    this.#options = options;
    this.limiter = createLimiter(options.maxReads ?? 64, options.maxWaiting ?? 10_000);
    const { attempts, backoffMs } = options;
    this.retries = {
      ...(attempts !== undefined && { attempts }),
      ...(backoffMs !== undefined && { backoffMs }),
    };
  }

  /** Connections to hosts that are named by the configuration, or that merely fit a pattern: kept apart, never reused. */
  dispatcher(trust: HostTrust): Dispatcher {
    const known = this.#agents.get(trust);
    if (known) return known;
    const timeoutMs = this.#options.timeoutMs ?? 30_000;
    const agent = new Agent({
      connections: this.#options.maxConnections ?? 32,
      connect: { timeout: Math.min(timeoutMs, 10_000), lookup: guardedLookup(trust) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 10_000,
    });
    this.#agents.set(trust, agent);
    return agent;
  }

  /** The client of an owner (its credentials) and a name, made when first asked for; a failure is not remembered. */
  client<Client>(owner: object, name: string, create: () => Promise<Client>): Promise<Client> {
    const clients = this.#clients.get(owner) ?? new Map<string, Promise<unknown>>();
    this.#clients.set(owner, clients);
    const known = clients.get(name);
    if (known) return known as Promise<Client>; // one owner and name, one kind of client
    const created = create();
    clients.set(name, created);
    created.catch(() => clients.delete(name));
    for (const [oldest] of clients) {
      if (clients.size <= MAX_CLIENTS) break;
      clients.delete(oldest);
    }
    return created;
  }

  async close(): Promise<void> {
    this.#clients = new WeakMap();
    await Promise.all([...this.#agents.values()].map((agent) => agent.close()));
    this.#agents.clear();
  }
}
