import { GatewayError } from "@zarr-gateway/primitives";
import type { Connections, Query, Statement } from "./connections.ts";
import { SCHEMA_1 } from "./schema-1.ts";
import { SCHEMA_2 } from "./schema-2.ts";

/** Forward only: entry n brings schema n to n + 1, and never changes once released. */
const MIGRATIONS: readonly string[] = [SCHEMA_1, SCHEMA_2];
/** Of the advisory lock that lets one process at a time look; any number that nobody else uses. */
const LOCK = 0x7a617272;

/**
 * Brings a database to the schema of this program, in one transaction, also when several processes start at once.
 * @throws GatewayError unsupported when a newer program has written it
 */
export function migratePostgres(connections: Connections): Promise<void> {
  return connections.transaction(async ({ query, script }) => {
    await query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const version = await versionOf(query);
    if (version > MIGRATIONS.length)
      throw new GatewayError(
        "unsupported",
        `the jobs database has schema ${version}; this program knows schemas up to ${MIGRATIONS.length}`,
      );
    if (version === MIGRATIONS.length) return { result: undefined, writes: [] };
    for (const migration of MIGRATIONS.slice(version)) await script(migration);
    const writes: readonly Statement[] = [
      { text: "DELETE FROM zarr_gateway.schema_version", values: [] },
      { text: "INSERT INTO zarr_gateway.schema_version VALUES ($1)", values: [MIGRATIONS.length] },
    ];
    return { result: undefined, writes };
  });
}

/** Looks before it makes: who may not create schemas can still use one that is there. */
async function versionOf(query: Query): Promise<number> {
  const [table] = await query("SELECT to_regclass('zarr_gateway.schema_version') IS NOT NULL AS is_there");
  if (table?.["is_there"] !== true) {
    await query("CREATE SCHEMA IF NOT EXISTS zarr_gateway");
    await query("CREATE TABLE zarr_gateway.schema_version (version integer NOT NULL)");
    return 0;
  }
  const [row] = await query("SELECT version FROM zarr_gateway.schema_version");
  return Number(row?.["version"] ?? 0);
}
