import { problemResponse, rawPath } from "@zarr-gateway/http";
import { GatewayError } from "@zarr-gateway/primitives";
import { OPERATIONS_PATHS } from "./about-routes.ts";
import type { GatewayFetch } from "./gateway-fetch.ts";

/** Answers who watches the process, and nobody else. */
export function operationsFetch(fetch: GatewayFetch): GatewayFetch {
  return async (request, bindings) => {
    const path = rawPath(bindings?.incoming?.url ?? request.url).replace(/(?<=.)\/$/, "");
    if (OPERATIONS_PATHS.has(path)) return fetch(request, bindings);
    const expected = [...OPERATIONS_PATHS].join(", ");
    const asked = { env: undefined, req: { method: request.method } };
    return problemResponse(asked, new GatewayError("not_found", `this process answers ${expected} alone`));
  };
}
