import { createHash } from "node:crypto";
import {
  rechunkedDataset,
  renamed,
  selectedVariables,
  subtree,
  withAttributes,
  withoutVariables,
} from "@zarr-gateway/compute";
import type { CodecSpec, Dataset } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { DatasetOptions } from "./options.ts";

/** What the configuration changes about a dataset. */
export type PublishPolicy = Pick<
  DatasetOptions,
  "group" | "variables" | "chunks" | "compressor" | "attributes"
>;

/**
 * The dataset as the configuration wants it, under a version of its own: other chunks are other bytes.
 * @throws GatewayError upstream where the configuration names something the dataset lacks
 */
export function publishedAs(dataset: Dataset, policy: PublishPolicy): Dataset {
  if (Object.values(policy).every((value) => value === undefined)) return dataset;
  const changed = describeMismatch(() => applyPolicy(dataset, policy));
  const compressor = policy.compressor && compressorSpec(policy.compressor);
  return {
    ...changed,
    ...(compressor && { compressor }),
    ...(dataset.version !== undefined && { version: `${dataset.version}-${digestOf(policy)}` }),
  };
}

function applyPolicy(dataset: Dataset, { group, variables, chunks, attributes }: PublishPolicy): Dataset {
  let result = group === undefined ? dataset : subtree(dataset, group);
  if (Array.isArray(variables)) result = selectedVariables(result, variables);
  else if (variables !== undefined) {
    result = withoutVariables(result, variables.drop ?? []);
    result = renamed(result, variables.rename ?? {});
  }
  if (chunks !== undefined) result = rechunkedDataset(result, chunks);
  return attributes === undefined ? result : withAttributes(result, attributes);
}

/** Whoever asks for the dataset is not the one who wrote the configuration: to them it is a failure of the server. */
function describeMismatch(change: () => Dataset): Dataset {
  try {
    return change();
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new GatewayError(
      "upstream",
      `the configuration does not fit the dataset: ${error.message}`,
      error.details,
    );
  }
}

/** `none` is a compressor too: chunks that are encoded anew are then not compressed. */
function compressorSpec({ name, level }: NonNullable<PublishPolicy["compressor"]>): CodecSpec {
  switch (name) {
    case "zstd":
      return { name, configuration: { level: level ?? 3, checksum: false } };
    case "gzip":
      return { name, configuration: { level: level ?? 5 } };
    case "blosc":
      return { name, configuration: { cname: "zstd", clevel: level ?? 5, shuffle: "shuffle", blocksize: 0 } };
    case "none":
      return { name, configuration: {} };
    default:
      return name satisfies never;
  }
}

function digestOf(policy: PublishPolicy): string {
  const text = JSON.stringify(policy, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
