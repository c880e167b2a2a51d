import {
  allocateValues,
  copyBlock,
  elementCount,
  filledValues,
  indicesWithin,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { isAllFill } from "../all-fill.ts";
import type { ArrayLayout, ArrayToBytesCodec, CodecConfiguration } from "../codec.ts";
import { loadPipeline, type Pipeline } from "../pipeline.ts";
import {
  innerCounts,
  openShardIndex,
  parseShardingConfiguration,
  type ShardEntry,
  type ShardIndexReader,
} from "../shard-index.ts";

interface Sharding {
  readonly layout: ArrayLayout;
  readonly inner: ArrayLayout;
  readonly counts: readonly number[];
  readonly pipeline: Pipeline;
  readonly index: ShardIndexReader;
}

/**
 * Inner chunks one after another, with an index of their places at the start or the end.
 * @see Zarr v3 §sharding-indexed codec
 */
export async function createCodec(
  configuration: CodecConfiguration,
  layout: ArrayLayout,
): Promise<ArrayToBytesCodec> {
  const parsed = parseShardingConfiguration({ name: "sharding_indexed", configuration });
  const inner: ArrayLayout = { ...layout, shape: parsed.chunkShape };
  const sharding: Sharding = {
    layout,
    inner,
    counts: innerCounts(parsed.chunkShape, layout.shape),
    pipeline: await loadPipeline(parsed.codecs, inner),
    index: await openShardIndex(parsed, layout.shape),
  };
  return {
    kind: "array-to-bytes",
    encodedSize: undefined,
    encode: (values) => encodeShard(sharding, values),
    decode: (bytes) => decodeShard(sharding, bytes),
  };
}

function encodeShard({ layout, inner, counts, pipeline, index }: Sharding, values: Values): Uint8Array {
  const { dtype, fill } = layout;
  const innerSize = elementCount(inner.shape);
  const parts: Uint8Array[] = [];
  const entries: (ShardEntry | undefined)[] = [];
  let offset = index.location === "start" ? index.byteLength : 0;
  for (const position of indicesWithin(counts)) {
    const content = allocateValues(dtype, innerSize);
    const start = position.map((value, axis) => value * (inner.shape[axis] ?? 1));
    const from = { values, shape: layout.shape, start };
    copyBlock(from, { values: content, shape: inner.shape }, inner.shape, unitsPerElement(dtype));
    const bytes = isAllFill(dtype, content, fill) ? undefined : pipeline.encode(content);
    entries.push(bytes && { offset, length: bytes.length });
    if (bytes) parts.push(bytes);
    offset += bytes?.length ?? 0;
  }
  const encodedIndex = index.format(entries);
  return Buffer.concat(index.location === "start" ? [encodedIndex, ...parts] : [...parts, encodedIndex]);
}

function decodeShard({ layout, inner, counts, pipeline, index }: Sharding, bytes: Uint8Array): Values {
  if (bytes.length < index.byteLength)
    throw new GatewayError("upstream", "a shard is shorter than its index");
  const indexStart = index.location === "start" ? 0 : bytes.length - index.byteLength;
  const parsed = index.parse(bytes.subarray(indexStart, indexStart + index.byteLength), bytes.length);
  const values = filledValues(layout.dtype, elementCount(layout.shape), layout.fill);
  const units = unitsPerElement(layout.dtype);
  for (const position of indicesWithin(counts)) {
    const entry = parsed.entry(position);
    if (!entry) continue;
    const content = pipeline.decode(bytes.subarray(entry.offset, entry.offset + entry.length));
    const start = position.map((value, axis) => value * (inner.shape[axis] ?? 1));
    copyBlock(
      { values: content, shape: inner.shape },
      { values, shape: layout.shape, start },
      inner.shape,
      units,
    );
  }
  return values;
}
