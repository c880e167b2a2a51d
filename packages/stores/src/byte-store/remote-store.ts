import type { ByteStore } from "../byte-store.ts";
import type { StoreCredentials } from "../credentials.ts";
import { RemoteConnections, type RemoteConnectionsOptions } from "../remote-connections.ts";
import { limited } from "../wrap/limited.ts";
import { retried } from "../wrap/retried.ts";
import type { ObjectRequests } from "./object-requests.ts";
import { ObjectStore } from "./object-store.ts";

export interface RemoteStoreOptions extends RemoteConnectionsOptions {
  readonly credentials?: readonly StoreCredentials[];
  /** What the store is opened for, where that is one object of it: decides which credentials fit. */
  readonly asked?: URL;
  /** Longest single answer. */
  readonly maxReadBytes?: number;
  /** Shared with other stores; own ones where absent, closed with the store. */
  readonly connections?: RemoteConnections | undefined;
}

/** A store of another machine, with a bound on reads at once, and new attempts that hold no place while they wait. */
export function remoteStore(
  location: URL,
  options: RemoteStoreOptions,
  requestsOver: (connections: RemoteConnections) => ObjectRequests,
): ByteStore {
  const { maxReadBytes } = options;
  const connections = options.connections ?? new RemoteConnections(options);
  const requests = requestsOver(connections);
  const store = new ObjectStore(requests, {
    name: location.href,
    wholes: connections.wholes,
    ...(maxReadBytes !== undefined && { maxReadBytes }),
  });
  return {
    ...retried(limited(store, connections.limiter), connections.retries),
    close: async () => {
      if (!options.connections) await connections.close();
    },
  };
}
