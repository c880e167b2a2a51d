import { randomUUID } from "node:crypto";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Appended, Claim, JobStore, Submitted } from "../job-store.ts";
import { GatheredChanges } from "./gathered-changes.ts";
import { type Connections, openConnections } from "./postgres/connections.ts";
import { type Answer, type Change, makeChanges } from "./postgres/job-changes.ts";
import { JobLists } from "./postgres/job-lists.ts";
import { leases } from "./postgres/job-queue.ts";
import { migratePostgres } from "./postgres/migrations.ts";
import { News } from "./postgres/news.ts";

/**
 * Jobs in a PostgreSQL database (14 or newer), shared by any number of processes and machines, in the schema
 * `zarr_gateway`. While the server is away calls fail as `overloaded`; connections come back by themselves.
 * @param url `postgresql://user:password@host/database`, with the parameters of libpq
 * @throws GatewayError overloaded when it cannot be reached, unsupported when a newer program has written it
 */
export async function openPostgresJobStore(url: string): Promise<JobStore> {
  const connections = await openConnections(url);
  try {
    await migratePostgres(connections);
  } catch (error) {
    await connections.close();
    throw error;
  }
  return postgresJobStore(connections, url);
}

function postgresJobStore(connections: Connections, url: string): JobStore {
  const self = randomUUID();
  const news = new News(url, self);
  const lists = new JobLists(connections.query);
  const gathered = new GatheredChanges<Change, Answer>((changes) => committed(connections, changes, self));
  const change = async (made: Change, { signal }: CallOptions = {}): Promise<Answer> => {
    signal?.throwIfAborted();
    return gathered.make(made);
  };
  return {
    inOrder: true,
    // Each kind of change has its kind of answer: `makeChanges`.
    create: async (job, rule, options) => (await change({ kind: "create", job, rule }, options)) as Submitted,
    append: async (id, events, options) =>
      (await change({ kind: "append", id, events }, options)) as Appended | undefined,
    remove: async (id, options) => (await change({ kind: "remove", id }, options)) as boolean | undefined,
    claim: async (request, options) =>
      request.free <= 0 ? [] : ((await change({ kind: "claim", request }, options)) as readonly Claim[]),
    lostLeases: (time, limit) => leases(connections.query, "<=", { time, limit }),
    leasesAfter: (time, limit) => leases(connections.query, ">", { time, limit }),
    get: (id) => lists.get(id),
    list: (filter) => lists.list(filter),
    events: (id, range) => lists.events(id, range),
    latest: (ids) => lists.latest(ids),
    position: (id) => lists.position(id),
    stats: () => lists.stats(),
    overdue: (now, limit) => lists.due("deadline_at", now, limit),
    dueToExpire: (now, limit) => lists.due("expires_at", now, limit),
    outlived: (before, limit) => lists.due("expired_at", before, limit),
    onNews: (listener) => news.add(listener),
    close: async () => {
      await gathered.settled();
      await news.close();
      await connections.close();
    },
  };
}

function committed(
  connections: Connections,
  changes: readonly Change[],
  self: string,
): Promise<readonly Answer[]> {
  return connections.transaction((transaction) => makeChanges(transaction, changes, self));
}
