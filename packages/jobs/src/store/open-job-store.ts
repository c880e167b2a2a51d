import { GatewayError } from "@zarr-gateway/primitives";
import type { JobStore } from "../job-store.ts";
import { openSqliteJobStore, type SqliteJobStoreOptions } from "./sqlite-job-store.ts";

/**
 * The store a configuration names: `sqlite:<path>` or `postgresql://user:password@host/database`.
 * @throws GatewayError invalid_request for another form; what opening throws
 */
export async function openJobStore(url: string, options: SqliteJobStoreOptions = {}): Promise<JobStore> {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { openPostgresJobStore } = await import("./postgres-job-store.ts");
    return openPostgresJobStore(url);
  }
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined) return openSqliteJobStore(path, options);
  // What came is not repeated: it may hold a password.
  throw new GatewayError(
    "invalid_request",
    "a jobs database is sqlite:<path> or postgresql://<user>:<password>@<host>/<database>",
  );
}
