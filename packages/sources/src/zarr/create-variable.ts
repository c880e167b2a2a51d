import {
  type ArrayMetadata,
  isCodecKnown,
  parseArrayV2,
  parseArrayV3,
  parseShardingConfiguration,
} from "@zarr-gateway/codecs";
import type { ChunkSource, CodecSpec, Variable } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { createArraySource, type ZarrArray, type ZarrContext } from "./array-source.ts";
import { attributesV2, dimensionNamesV2 } from "./dimension-names.ts";
import type { ZarrArrayNode } from "./hierarchy.ts";
import type { ShardIndexes } from "./shard-indexes.ts";
import { createShardedSource } from "./sharded-source.ts";

export interface ArrayContext extends ZarrContext {
  readonly indexes: ShardIndexes;
}

/**
 * Fill values. `source.fill` is what a chunk that was never written reads as: the `fill_value` of the array, null where
 * version 2 gives none. The attribute `_FillValue` is what CF calls missing data, always as a value of the array's
 * type. The two versions keep it in different places, and xarray reads it from there:
 * - v2: it *is* the array's `fill_value` (unless null), whatever `.zattrs` says;
 * - v3: it is an attribute, of floats in base64; `fill_value` masks nothing.
 * The parsers of `codecs` bring both into this form and the publisher takes them out of it again, so that a store comes
 * back unchanged in its own version, and with the same missing values in the other.
 *
 * @throws GatewayError unsupported where the array cannot be represented, upstream where its metadata are damaged
 */
export function createVariable(
  node: ZarrArrayNode,
  context: ArrayContext & { readonly path: string; readonly name: string },
): { readonly variable: Variable; readonly warning: string | undefined } {
  const { path, name } = context;
  const { metadata, warning } = parseNode(node);
  const { encoding, chunkKeys, attrs, dims } = metadata;
  assertCodecsKnown(encoding.codecs);
  const array = { path, encoding, chunkKeys };
  return { variable: { name, dims, attrs, source: createSource(array, context, node.key) }, warning };
}

function parseNode(node: ZarrArrayNode): {
  readonly metadata: ArrayMetadata;
  readonly warning: string | undefined;
} {
  try {
    if (Number(node.document["zarr_format"]) === 3)
      return { metadata: parseArrayV3(node.document), warning: undefined };
    const metadata = parseArrayV2(node.document, attributesV2(node.attrs));
    const names = dimensionNamesV2(node);
    if (!names || names.length === metadata.dims.length) {
      return { metadata: { ...metadata, dims: names ?? metadata.dims }, warning: undefined };
    }
    const warning = `the dimension names ${names.join(", ")} do not fit an array of ${metadata.dims.length} dimensions`;
    return { metadata, warning };
  } catch (error) {
    throw inDocument(error, node.key);
  }
}

function createSource(array: ZarrArray, context: ArrayContext, key: string): ChunkSource {
  const [first, ...others] = array.encoding.codecs;
  // codecs around the shards would have to be undone for whole shards: then the shard is the chunk
  if (first?.name !== "sharding_indexed" || others.length > 0) return createArraySource(array, context);
  try {
    const sharding = parseShardingConfiguration(first);
    assertTiles(sharding.chunkShape, array.encoding.grid.chunkShape);
    return createShardedSource(array, sharding, context);
  } catch (error) {
    throw inDocument(error, key);
  }
}

/** Zarr v3 §sharding: the shape of inner chunks divides the shape of the shard. */
function assertTiles(inner: readonly number[], shard: readonly number[]): void {
  const fits =
    inner.length === shard.length && inner.every((length, axis) => (shard[axis] ?? 0) % length === 0);
  if (!fits) {
    throw new GatewayError(
      "upstream",
      `inner chunks of shape ${inner.join("×")} do not tile shards of ${shard.join("×")}`,
    );
  }
}

function assertCodecsKnown(codecs: readonly CodecSpec[]): void {
  for (const { name, configuration } of codecs) {
    if (!isCodecKnown(name)) throw new GatewayError("unsupported", `the codec "${name}" is not known`);
    for (const inner of [configuration["codecs"], configuration["index_codecs"]]) {
      if (Array.isArray(inner)) assertCodecsKnown(inner as readonly CodecSpec[]); // the parser has checked them
    }
  }
}

function inDocument(error: unknown, key: string): unknown {
  return isGatewayError(error)
    ? new GatewayError(error.code, `${error.message} (in "${key}")`, { key }, error)
    : error;
}
