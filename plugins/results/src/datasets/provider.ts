import type { DatasetProvider } from "@zarr-gateway/plugin";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { parseDatasetId } from "./dataset-names.ts";
import type { ListedResults } from "./listed-results.ts";
import { type OpenResultContext, openResult } from "./open-result.ts";

/** Results of jobs as datasets, while they are written and afterwards. */
export function resultsProvider(context: OpenResultContext, listed: ListedResults): DatasetProvider {
  return {
    name: "results",
    // a run that failed or a result that has expired is no broken dataset of the server
    idsByRequest: true,
    async *ids() {
      yield* await listed.ids();
    },
    async open(id, options = {}) {
      const parsed = parseDatasetId(id);
      if (parsed === undefined) return undefined;
      try {
        return await openResult(parsed, context, options);
      } catch (error) {
        if (!isGatewayError(error) || error.code !== "not_found") throw error;
        throw new GatewayError(
          "upstream",
          `the result of "${parsed.job}" cannot be opened: ${error.message}`,
          {},
          error,
        );
      }
    },
  };
}
