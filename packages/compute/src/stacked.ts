import type { ChunkGrid, ChunkIndex, ChunkSource, CodecSpec, StoredChunks } from "@zarr-gateway/dataset";
import { isInsideGrid } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { checkPassable, isSameFill, ownFill } from "./passed-chunks.ts";
import { rechunked } from "./rechunked.ts";

/**
 * Sources of one shape as one, along a new first axis with chunks of length 1: a chunk is a chunk of one of them, and
 * stored ones pass untouched where their codecs allow.
 * @throws GatewayError unsupported where they differ in type or shape
 */
export function stacked(sources: readonly ChunkSource[]): ChunkSource {
  const [first] = sources;
  if (first === undefined) throw new GatewayError("invalid_request", "nothing to stack");
  for (const [position, source] of sources.entries()) checkLike(first, source, position);
  const { chunkShape } = first.grid;
  const members = sources.map((source) =>
    source.storedOnly === undefined ? rechunked(source, { chunkShape }) : source,
  );
  const grid = withLeading(first.grid, sources.length);
  const areSame = members.every(({ grid: own }) => isEqual(own.chunkShape, chunkShape));
  const stored = areSame ? stackedChunks(members) : undefined;
  checkPassable(first, stored);
  return {
    dtype: first.dtype,
    fill: first.fill,
    grid,
    ...(first.storedOnly !== undefined && { storedOnly: first.storedOnly }),
    ...(stored && { stored }),
    ...(stored && first.isAssembled && { isAssembled: true as const }),
    ...(members.every(({ version }) => version) && {
      async version(index, options) {
        return isInsideGrid(grid, index)
          ? members[index[0] ?? 0]?.version?.(index.slice(1), options)
          : undefined;
      },
    }),
    async read(index, options) {
      if (!isInsideGrid(grid, index)) return undefined;
      const [position = 0, ...rest] = index;
      const member = members[position] as ChunkSource; // inside the grid
      const chunk = (await member.read(rest, options)) ?? ownFill(member, rest, first.fill);
      return chunk && { ...chunk, shape: [1, ...chunk.shape] };
    },
  };
}

function checkLike(first: ChunkSource, source: ChunkSource, position: number): void {
  const isLike =
    source.dtype === first.dtype &&
    isEqual(source.grid.shape, first.grid.shape) &&
    source.storedOnly === first.storedOnly;
  if (isLike) return;
  throw new GatewayError("unsupported", `member ${position + 1} has another type or shape than the first`);
}

function stackedChunks(members: readonly ChunkSource[]): StoredChunks | undefined {
  const first = members[0]?.stored;
  if (!first) return undefined;
  const text = JSON.stringify(first.codecs);
  for (const { stored, fill } of members) {
    if (!isSameFill(fill, members[0]?.fill ?? null)) return undefined;
    if (!stored || !isEqual(stored.grid.chunkShape, first.grid.chunkShape)) return undefined;
    if (stored.codecs !== first.codecs && JSON.stringify(stored.codecs) !== text) return undefined;
  }
  const codecs = codecsWithLeading(first.codecs);
  if (codecs === undefined) return undefined;
  const grid = withLeading(first.grid, members.length);
  const at = (index: ChunkIndex): StoredChunks | undefined =>
    isInsideGrid(grid, index) ? members[index[0] ?? 0]?.stored : undefined;
  return {
    grid,
    codecs,
    read: async (index, options) => at(index)?.read(index.slice(1), options),
    stat: async (index, options) => at(index)?.stat(index.slice(1), options),
    ...(members.every(({ stored }) => stored?.locate) && {
      locate: async (index, options) => at(index)?.locate?.(index.slice(1), options),
    }),
  };
}

/** Array→array codecs that look at elements in C order alone. */
export const FLAT = ["delta", "fixedscaleoffset", "quantize", "bitround", "astype"].map(
  (id) => `numcodecs.${id}`,
);
export const SERIALIZERS: ReadonlySet<string> = new Set(["bytes", "vlen-utf8", "vlen-bytes"]);

/** The codecs of the same bytes seen as a chunk with one more dimension of length 1; undefined where that is not certain. */
function codecsWithLeading(codecs: readonly CodecSpec[]): CodecSpec[] | undefined {
  const result: CodecSpec[] = [];
  let isSerialized = false;
  for (const codec of codecs) {
    const changed = isSerialized || FLAT.includes(codec.name) ? codec : codecWithLeading(codec);
    if (changed === undefined) return undefined;
    result.push(changed);
    isSerialized ||= SERIALIZERS.has(codec.name) || codec.name === "sharding_indexed";
  }
  return isSerialized ? result : undefined;
}

function codecWithLeading(codec: CodecSpec): CodecSpec | undefined {
  const { name, configuration } = codec;
  if (SERIALIZERS.has(name)) return codec;
  if (name === "transpose") {
    const order = configuration["order"];
    if (!Array.isArray(order)) return undefined;
    return {
      name,
      configuration: { ...configuration, order: [0, ...order.map((axis) => Number(axis) + 1)] },
    };
  }
  if (name !== "sharding_indexed") return undefined;
  const { chunk_shape: shape, codecs } = configuration;
  if (!Array.isArray(shape) || !Array.isArray(codecs)) return undefined;
  const inner = codecsWithLeading(codecs.map(asCodecSpec));
  const lengths: unknown[] = [1, ...shape.map(Number)];
  return inner && { name, configuration: { ...configuration, chunk_shape: lengths, codecs: inner } };
}

/** Codecs inside a configuration are as Zarr writes them: the configuration may be missing. */
function asCodecSpec(value: { readonly name?: unknown; readonly configuration?: object }): CodecSpec {
  return { name: String(value.name), configuration: { ...value.configuration } };
}

function withLeading({ shape, chunkShape }: ChunkGrid, length: number): ChunkGrid {
  return { shape: [length, ...shape], chunkShape: [1, ...chunkShape] };
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, position) => value === b[position]));
}
