import {
  type ArrayMetadata,
  canPassV3,
  isCodecKnown,
  parseArrayV2,
  parseArrayV3,
  parseShardingConfiguration,
  readersOfV2,
} from "@zarr-gateway/codecs";
import type { ArrayEncoding, ChunkSource, CodecSpec, Variable } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import {
  createArraySource,
  createStoredOnlySource,
  type ZarrArray,
  type ZarrContext,
} from "./array-source.ts";
import { attributesV2, dimensionNamesV2 } from "./dimension-names.ts";
import type { ZarrArrayNode } from "./hierarchy.ts";
import { isVersion } from "./read-document.ts";
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
  const array = { path, encoding, chunkKeys };
  const unknown = unknownCodec(encoding.codecs);
  if (unknown === undefined) {
    return { variable: { name, dims, attrs, source: createSource(array, context, node.key) }, warning };
  }
  const { zarr, message } = howToPass(encoding, unknown, node);
  const source = createStoredOnlySource(array, context, { zarr, codec: unknown });
  return { variable: { name, dims, attrs, source }, warning: message };
}

/**
 * What becomes of an array with a codec that is not known here.
 * @throws GatewayError unsupported where zarr-python does not know it either: it would refuse the whole store
 */
function howToPass(
  encoding: ArrayEncoding,
  codec: string,
  node: ZarrArrayNode,
): { readonly zarr: "v2" | "v3"; readonly message: string } {
  const reason = `the codec "${codec}" is not known`;
  if (isVersion(node.document["zarr_format"], 2)) {
    const where = readersOfV2(encoding) === "none" ? "byte for byte" : "as Zarr v2 and byte for byte";
    return { zarr: "v2", message: `published only ${where}, as it is stored: ${reason}` };
  }
  if (!canPassV3(encoding)) throw new GatewayError("unsupported", reason);
  return { zarr: "v3", message: `published only as Zarr v3, as it is stored: ${reason}` };
}

function parseNode(node: ZarrArrayNode): {
  readonly metadata: ArrayMetadata;
  readonly warning: string | undefined;
} {
  try {
    if (isVersion(node.document["zarr_format"], 3))
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
    return createShardedSource(array, parseShardingConfiguration(first), context);
  } catch (error) {
    throw inDocument(error, key);
  }
}

/** The first codec that has no decoder, also inside of shards. */
function unknownCodec(codecs: readonly CodecSpec[]): string | undefined {
  for (const { name, configuration } of codecs) {
    if (!isCodecKnown(name)) return name;
    for (const inner of [configuration["codecs"], configuration["index_codecs"]]) {
      const unknown = Array.isArray(inner) ? unknownCodec(inner as readonly CodecSpec[]) : undefined; // the parser has checked them
      if (unknown !== undefined) return unknown;
    }
  }
  return undefined;
}

function inDocument(error: unknown, key: string): unknown {
  return isGatewayError(error)
    ? new GatewayError(error.code, `${error.message} (in "${key}")`, { key }, error)
    : error;
}
