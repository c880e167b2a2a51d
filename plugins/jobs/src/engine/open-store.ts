import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type JobStore, openJobStore } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";

/**
 * @param onError told what the store gets over by itself
 * @throws GatewayError where it cannot be opened, unsupported where a newer program has written it
 */
export async function openStore(database: string, onError: (error: unknown) => void): Promise<JobStore> {
  const file = /^sqlite:(.+)$/.exec(database)?.[1];
  if (file !== undefined) {
    await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
      throw new GatewayError("internal", "jobs.database: its folder cannot be made", {}, error);
    });
  }
  return openJobStore(database, { onError });
}
