import type { AnswerObserver } from "@zarr-gateway/plugin";
import type { BaseUrls } from "./base-url.ts";
import type { OpenDatasets } from "./dataset-catalog.ts";
import { clientOf } from "./gateway-fetch.ts";
import type { GatewayLimits } from "./limits.ts";
import type { LoadedPlugin } from "./load-plugins.ts";
import type { ServerLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { createRequestIds } from "./request-id.ts";

interface SharedAnswersNeeds {
  readonly datasets: OpenDatasets;
  readonly limits: GatewayLimits;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly observers: readonly AnswerObserver[];
  readonly baseUrls: BaseUrls;
  readonly isOpenToAll: boolean;
}

/** Undefined where each request has to go the whole way: a plugin guards or looks at it, or each is logged. */
export function sharedAnswers(
  loaded: readonly LoadedPlugin[],
  { datasets, limits, metrics, log, observers, baseUrls, isOpenToAll }: SharedAnswersNeeds,
): RecentAnswers | undefined {
  const isWatched = loaded.some(
    ({ contribution }) => contribution.guards !== undefined || contribution.middleware !== undefined,
  );
  if (isWatched || limits.recentAnswersMs === 0 || log.isEnabled("debug")) return undefined;
  const requestId = createRequestIds();
  return new RecentAnswers({
    datasets,
    maxBytes: limits.recentAnswersBytes,
    keepMs: limits.recentAnswersMs,
    checkEveryMs: limits.checkEveryMs,
    isSameForOrigins: isOpenToAll,
    requestId,
    onAnswer: (route, seconds, bytes, incoming) => {
      metrics.record(route, "GET", 200, seconds, bytes);
      if (observers.length === 0) return;
      const client = clientOf(baseUrls, incoming);
      const answered = { method: "GET", target: incoming.url ?? "", status: 200, bytes, client };
      for (const observe of observers) observe(answered);
    },
  });
}
