import type { DatabaseSync } from "node:sqlite";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";

/** Runs `work` as one transaction that writes; it has no pause, so nothing of this process comes between. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  return guarded(() => {
    // IMMEDIATE: a transaction that reads first and writes later could not wait for another process's lock.
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  });
}

/** Failures of the database in this project's words; its path stays in the cause. */
export function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isGatewayError(error)) throw error;
    const busy = error instanceof Error && /database is (locked|busy)/.test(error.message);
    if (busy) throw new GatewayError("overloaded", "the jobs database is busy: try again", {}, error);
    throw new GatewayError("internal", "the jobs database cannot be read or written", {}, error);
  }
}
