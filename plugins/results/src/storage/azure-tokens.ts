import type { JobRecord } from "@zarr-gateway/jobs";
import { azureReadToken } from "@zarr-gateway/stores";
import type { RemoteStores } from "./remote-copies.ts";
import type { StoredToken } from "./store-step.ts";
import { keptUntil } from "./stored-access.ts";

/** Links that Azure itself signs, for as long as results are kept; of other stores none. */
export function azureTokens(stores: RemoteStores) {
  return async (location: URL, job: JobRecord): Promise<StoredToken | undefined> => {
    if (!/^(?:az|abfss?):$/.test(location.protocol)) return undefined;
    const expiresAt = keptUntil(job, Date.now());
    const token = await azureReadToken(location, { ...stores, expiresAt });
    return token && { ...token, expiresAt };
  };
}
