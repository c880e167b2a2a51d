import { scopeOf } from "@zarr-gateway/http";
import type { DatasetEnv, DatasetGuard } from "@zarr-gateway/plugin";
import { type ErrorCode, isGatewayError } from "@zarr-gateway/primitives";
import type { MiddlewareHandler } from "hono";
import type { OpenDatasets } from "./dataset-catalog.ts";
import { ServerScope } from "./server-scope.ts";

/** In front of every route below a dataset: asks the guards, opens, and holds the dataset until the answer is through. */
export function datasetOpener(
  datasets: OpenDatasets,
  guards: readonly DatasetGuard[],
): MiddlewareHandler<DatasetEnv> {
  return async (c, next) => {
    if (c.get("dataset") !== undefined) return next();
    const { id, guarded } = datasets.resolve(c.req.param("dataset") ?? "");
    await askGuards(guards, guarded, c.req.raw);
    const entry = datasets.peek(id) ?? (await datasets.find(id, { signal: c.req.raw.signal }));
    const scope = scopeOf(c);
    if (scope instanceof ServerScope) scope.holdDataset(entry);
    c.set("datasetId", id);
    c.set("dataset", entry.dataset);
    await next();
    // told by a read that found another version than the one that is open
    if (isGatewayError(c.error) && c.error.details["changed"] === true) datasets.doubt(entry);
  };
}

/** A view is no way around the guards of what it is made of. */
async function askGuards(
  guards: readonly DatasetGuard[],
  ids: readonly string[],
  request: Request,
): Promise<void> {
  for (const id of ids) for (const guard of guards) await guard(id, request);
}

const REFUSALS: readonly ErrorCode[] = ["unauthorized", "forbidden", "not_found"];

/** Whether all guards let a request have a dataset. @throws what a guard throws that is no refusal */
export async function isAdmitted(
  guards: readonly DatasetGuard[],
  ids: readonly string[],
  request: Request,
): Promise<boolean> {
  try {
    await askGuards(guards, ids, request);
    return true;
  } catch (error) {
    if (isGatewayError(error) && REFUSALS.includes(error.code)) return false;
    throw error;
  }
}
