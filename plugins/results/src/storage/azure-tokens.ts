import type { JobRecord } from "@zarr-gateway/jobs";
import { azureReadToken } from "@zarr-gateway/stores";
import type { RemoteStores } from "./remote-copies.ts";
import type { StoredToken } from "./store-step.ts";
import { linkUntil } from "./stored-access.ts";

/** Links that Azure itself signs when results have arrived, for as long as they are kept or links hold; of other stores none. */
export function azureTokens(stores: RemoteStores, linkLifetimeMs?: number) {
  return async (location: URL, job: JobRecord): Promise<StoredToken | undefined> => {
    if (!/^(?:az|abfss?):$/.test(location.protocol)) return undefined;
    const expiresAt = linkUntil(job, Date.now(), linkLifetimeMs);
    const token = await azureReadToken(location, { ...stores, expiresAt });
    return token && { ...token, expiresAt };
  };
}
