import type { DatasetSummary, Descriptions } from "./descriptions.ts";
import type { Host } from "./plugin.ts";

/** The summaries that no guard keeps from the request, in the order of the ids: for documents that list datasets. */
export async function* admittedSummaries(
  host: Pick<Host, "admits">,
  descriptions: Pick<Descriptions, "summaries">,
  request: Request,
): AsyncGenerator<DatasetSummary> {
  for await (const summary of descriptions.summaries({ signal: request.signal })) {
    if (await host.admits(summary.id, request)) yield summary;
  }
}
