import type { Dataset } from "@zarr-gateway/dataset";
import type { DatasetProvider } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";

/** A failure that belongs to the request, whose id nobody configured. */
export class RequestFailure extends Error {}

/** What a provider gives, its failures marked where they belong to the request. */
export async function openWith(
  provider: DatasetProvider,
  id: string,
  options: CallOptions,
): Promise<Dataset | undefined> {
  if (provider.idsByRequest !== true) return provider.open(id, options);
  try {
    return await provider.open(id, options);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new RequestFailure("", { cause: error });
  }
}

/** Xpublish's own words, which its clients compare. */
export function unknownDataset(id: string): GatewayError {
  return new GatewayError("not_found", `Dataset '${id}' not found`, { dataset: id });
}

/** What a client is told of a dataset that is known but does not open. */
export function asOpenFailure(id: string, cause: unknown): GatewayError {
  if (!isGatewayError(cause)) {
    return new GatewayError(
      "internal",
      `dataset '${id}' cannot be opened, the reason is in the log`,
      {},
      cause,
    );
  }
  if (cause.code !== "not_found") return cause;
  return new GatewayError(
    "upstream",
    `dataset '${id}' cannot be opened: ${cause.message}`,
    cause.details,
    cause,
  );
}
