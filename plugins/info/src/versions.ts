import type { Dataset, DatasetVersion } from "@zarr-gateway/dataset";
import { type CallOptions, encodeAttributes, GatewayError } from "@zarr-gateway/primitives";

const DEFAULT_LIMIT = 100;
/** In some formats each version costs a read. */
export const MAX_VERSIONS = 1000;

/**
 * `P/versions`: the states that the source was in, newest first.
 * @param limit as it stands in the URL; above the maximum it is the maximum
 * @throws GatewayError invalid_request for a limit that is no count, not_found where the source keeps no past
 */
export async function versionsDocument(
  dataset: Dataset,
  limit: string | undefined,
  { signal }: CallOptions,
): Promise<unknown> {
  const most = parseLimit(limit);
  if (!dataset.history) {
    const format = dataset.format === undefined ? "" : ` (${dataset.format})`;
    throw new GatewayError("not_found", `the source of this dataset${format} keeps no earlier versions`);
  }
  return (await dataset.history({ limit: most, signal })).map(versionDocument);
}

function versionDocument({ id, time, message, metadata, branches, tags }: DatasetVersion): unknown {
  return { id, time: time.toISOString(), message, metadata: encodeAttributes(metadata), branches, tags };
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,14}$/.test(text)) return Math.min(Number(text), MAX_VERSIONS);
  throw new GatewayError(
    "invalid_request",
    `limit: expected a count of 1 or more, got "${text.slice(0, 40)}"`,
  );
}
