import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type JobStore, openSqliteJobStore } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";

const SQLITE = /^sqlite:(.+)$/;

/** @throws GatewayError internal when it cannot be opened, unsupported for another kind of database */
export function openStore(database: string): JobStore {
  const file = SQLITE.exec(database)?.[1];
  if (file === undefined)
    throw new GatewayError("unsupported", "jobs.database: expected sqlite:PATH in this version");
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new GatewayError("internal", "jobs.database: its folder cannot be made", {}, error);
  }
  return openSqliteJobStore(file);
}
