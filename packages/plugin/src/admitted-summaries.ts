import type { DatasetSummary, Descriptions } from "./descriptions.ts";
import type { Host } from "./plugin.ts";

/** The summaries that no guard keeps from the request, in the order of the ids: for documents that list datasets. */
export async function* admittedSummaries(
  host: Pick<Host, "admits">,
  descriptions: Pick<Descriptions, "batches">,
  request: Request,
): AsyncGenerator<DatasetSummary> {
  for await (const batch of admittedBatches(host, descriptions, request)) yield* batch;
}

/** The same in batches; one that is let through whole is the very array that `batches` gave. */
export async function* admittedBatches(
  host: Pick<Host, "admits">,
  descriptions: Pick<Descriptions, "batches">,
  request: Request,
): AsyncGenerator<readonly DatasetSummary[]> {
  for await (const batch of descriptions.batches({ signal: request.signal })) {
    const admitted: boolean[] = [];
    for (const { id } of batch) admitted.push(await host.admits(id, request));
    const isWhole = admitted.every(Boolean);
    yield isWhole ? batch : batch.filter((_, position) => admitted[position]);
  }
}
