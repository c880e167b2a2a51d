import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "@zarr-gateway/primitives";
import { SCHEMA_1 } from "./schema-1.ts";
import { SCHEMA_2 } from "./schema-2.ts";

/** Forward only: entry n brings schema n to n + 1, and never changes once released. */
const MIGRATIONS: readonly string[] = [SCHEMA_1, SCHEMA_2];

/**
 * Brings a database to the schema of this program, in one transaction, also when several processes start at once.
 * @throws GatewayError unsupported when a newer program has written it
 */
export function migrateJobs(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT");
    const row = database.prepare("SELECT version FROM schema_version").get();
    const version = Number(row?.["version"] ?? 0);
    if (version > MIGRATIONS.length)
      throw new GatewayError(
        "unsupported",
        `the jobs database has schema ${version}; this program knows schemas up to ${MIGRATIONS.length}`,
      );
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec("DELETE FROM schema_version");
    database.prepare("INSERT INTO schema_version (version) VALUES (?)").run(MIGRATIONS.length);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
