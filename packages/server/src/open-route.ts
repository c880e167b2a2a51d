import { scopeOf } from "@zarr-gateway/http";
import type { DatasetEnv, DatasetGuard, DatasetQuestion } from "@zarr-gateway/plugin";
import { type ErrorCode, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { MiddlewareHandler } from "hono";
import type { OpenDatasets } from "./dataset-catalog.ts";
import { ServerScope } from "./server-scope.ts";

/**
 * In front of every route below a dataset: asks the guards, opens, and holds the dataset until the answer is through, that
 * of the route or of a question in the query.
 * @throws GatewayError conflict where two questions have the same parameter
 */
export function datasetOpener(
  datasets: OpenDatasets,
  guards: readonly DatasetGuard[],
  questions: readonly DatasetQuestion[],
): MiddlewareHandler<DatasetEnv> {
  assertDistinct(questions);
  return async (c, next) => {
    if (c.get("dataset") !== undefined) return next();
    const { id, guarded } = datasets.resolve(c.req.param("dataset") ?? "");
    await askGuards(guards, guarded, c.req.raw);
    const entry = datasets.peek(id) ?? (await datasets.find(id, { signal: c.req.raw.signal }));
    const scope = scopeOf(c);
    if (scope instanceof ServerScope) scope.holdDataset(entry);
    c.set("datasetId", id);
    c.set("dataset", entry.dataset);
    const question = questionIn(c.req.raw.url, questions);
    if (question !== undefined) return question.answer(c);
    await next();
    // told by a read that found another version than the one that is open
    if (isGatewayError(c.error) && c.error.details["changed"] === true) datasets.doubt(entry);
    return undefined;
  };
}

function questionIn(url: string, questions: readonly DatasetQuestion[]): DatasetQuestion | undefined {
  const at = url.indexOf("?");
  if (at < 0 || questions.length === 0) return undefined;
  const query = new URLSearchParams(url.slice(at));
  return questions.find(({ parameter }) => query.has(parameter));
}

function assertDistinct(questions: readonly DatasetQuestion[]): void {
  const seen = new Set<string>();
  for (const { parameter } of questions) {
    if (seen.has(parameter))
      throw new GatewayError("conflict", `two plugins answer the question "?${parameter}"`, { parameter });
    seen.add(parameter);
  }
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
