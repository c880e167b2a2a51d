import { createHash, randomUUID } from "node:crypto";
import {
  type EncodeOptions,
  encodedDataset,
  renamed,
  selectedVariables,
  subtree,
  type VariableEncoding,
  withAttributes,
  withoutVariables,
} from "@zarr-gateway/compute";
import type { CodecSpec, Dataset } from "@zarr-gateway/dataset";
import { type ByteCache, GatewayError, isGatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import type { DatasetOptions, EncodingOptions } from "./options.ts";

/** What the configuration changes about a dataset. */
export type PublishPolicy = Pick<
  DatasetOptions,
  "group" | "variables" | "chunks" | "shards" | "round" | "compressor" | "encoding" | "attributes"
>;

/** The part of a dataset's options that changes it after it was opened. */
export function policyOf(options: DatasetOptions): PublishPolicy {
  const { group, variables, chunks, shards, round, compressor, encoding, attributes } = options;
  return { group, variables, chunks, shards, round, compressor, encoding, attributes };
}

/** Where chunks that are made anew are computed and kept. */
export interface PublishServices {
  readonly pool?: WorkerPool | undefined;
  readonly cache?: ByteCache | undefined;
}

/**
 * The dataset as the configuration wants it, under a version of its own: other chunks are other bytes.
 * @throws GatewayError upstream where the configuration names something the dataset lacks
 */
export function publishedAs(
  dataset: Dataset,
  policy: PublishPolicy,
  { pool, cache }: PublishServices = {},
): Dataset {
  if (Object.values(policy).every((value) => value === undefined)) return dataset;
  const version = dataset.version === undefined ? undefined : `${dataset.version}-${digestOf(policy)}`;
  const kept = cache && { cache, key: `datasets ${version ?? randomUUID()} decoded` };
  const changed = describeMismatch(() => applyPolicy(dataset, policy, { pool, kept }));
  const compressor = policy.compressor && compressorSpec(policy.compressor);
  return { ...changed, ...(compressor && { compressor }), ...(version !== undefined && { version }) };
}

function applyPolicy(dataset: Dataset, policy: PublishPolicy, options: EncodeOptions): Dataset {
  const { group, variables, attributes } = policy;
  let result = group === undefined ? dataset : subtree(dataset, group);
  if (Array.isArray(variables)) result = selectedVariables(result, variables);
  else if (variables !== undefined) {
    result = withoutVariables(result, variables.drop ?? []);
    result = renamed(result, variables.rename ?? {});
  }
  result = withEncoding(result, policy, options);
  return attributes === undefined ? result : withAttributes(result, attributes);
}

function withEncoding(dataset: Dataset, policy: PublishPolicy, options: EncodeOptions): Dataset {
  const { chunks, shards, round, encoding } = policy;
  if ([chunks, shards, round, encoding].every((value) => value === undefined)) return dataset;
  const roundOf = typeof round === "object" ? round : {};
  const names = new Set([...Object.keys(roundOf), ...Object.keys(encoding ?? {})]);
  const variables = Object.fromEntries(
    [...names].map((name) => [name, variableEncoding(encoding?.[name] ?? {}, roundOf[name])]),
  );
  const all = { chunks, shards, round: typeof round === "number" ? round : undefined };
  return encodedDataset(dataset, { ...all, variables }, options);
}

function variableEncoding(own: EncodingOptions, round: number | undefined): VariableEncoding {
  const { compressor, ...others } = own;
  return { round, ...others, ...(compressor && { compressor: compressorSpec(compressor) }) };
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
