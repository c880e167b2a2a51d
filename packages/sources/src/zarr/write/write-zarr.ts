import {
  type ArrayDescription,
  type ChunkCoder,
  formatArrayV3,
  formatChunkKey,
  formatGroupV3,
  type JsonObject,
  membersV3,
} from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  type CodecSpec,
  type Dataset,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { type CallOptions, formatJson, GatewayError } from "@zarr-gateway/primitives";
import { chunkOrder, chunkTotal, type PlannedChunk } from "./chunk-order.ts";

/** Takes the bytes of one key of a store. */
export type WriteKey = (key: string, bytes: Uint8Array, options?: CallOptions) => Promise<void>;

export interface WriteZarrOptions extends CallOptions {
  readonly coder: Pick<ChunkCoder, "encode" | "encodeAlways">;
  /** The last codec of every array, complete in its configuration; zstd of level 3 where absent. */
  readonly compressor?: CodecSpec;
  /** Chunks read and encoded at once, 8. */
  readonly maxConcurrent?: number;
  readonly onProgress?: (chunks: number, total: number) => void;
}

const ZSTD: CodecSpec = { name: "zstd", configuration: { level: 3, checksum: false } };
const MAX_CONCURRENT = 8;

/**
 * Writes a dataset, its groups too, as a Zarr v3 store with consolidated metadata at every group. Chunks that are all fill are
 * left out. The root's document comes last, so that a store that is not whole does not open.
 * @throws GatewayError unsupported for chunks that cannot be decoded; what reading throws
 */
export async function writeZarr(dataset: Dataset, write: WriteKey, options: WriteZarrOptions): Promise<void> {
  const { compressor = ZSTD } = options;
  const groups = [...walkGroups(dataset)];
  const total = groups.reduce((sum, [, { variables }]) => sum + chunkTotal(variables), 0);
  let done = 0;
  const onChunk = (): void => options.onProgress?.(++done, total);
  for (const [path, { variables }] of groups)
    await writeChunks(variables, { prefix: prefixOf(path), write, compressor, onChunk, options });
  const describe = (variable: Variable): ArrayDescription => describeArray(variable, compressor);
  for (const [path, group] of groups.reverse()) {
    const prefix = prefixOf(path);
    for (const [name, variable] of group.variables)
      await write(`${prefix}${name}/zarr.json`, bytesOf(formatArrayV3(describe(variable))), options);
    await write(
      `${prefix}zarr.json`,
      bytesOf(formatGroupV3(group.attrs, membersV3(group, describe))),
      options,
    );
  }
}

function prefixOf(path: readonly string[]): string {
  return path.map((name) => `${name}/`).join("");
}

function bytesOf(document: JsonObject): Uint8Array {
  return Buffer.from(formatJson(document));
}

function describeArray({ dims, attrs, source }: Variable, compressor: CodecSpec): ArrayDescription {
  return { encoding: encodingOf(source, compressor), dims, attrs };
}

function encodingOf({ dtype, grid, fill }: Variable["source"], compressor: CodecSpec): ArrayEncoding {
  const serializer: CodecSpec =
    dtype === "string"
      ? { name: "vlen-utf8", configuration: {} }
      : { name: "bytes", configuration: { endian: "little" } };
  return { dtype, grid, fill, codecs: [serializer, compressor] };
}

interface ChunkWriting {
  readonly prefix: string;
  readonly write: WriteKey;
  readonly compressor: CodecSpec;
  readonly onChunk: () => void;
  readonly options: WriteZarrOptions;
}

async function writeChunks(variables: ReadonlyMap<string, Variable>, writing: ChunkWriting): Promise<void> {
  const chunks = chunkOrder(variables);
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const chunk of chunks) {
      if (failure !== undefined) return;
      try {
        await writeChunk(chunk, writing);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  // several lanes take from one generator, so that chunks begin in their order
  await Promise.all(Array.from({ length: writing.options.maxConcurrent ?? MAX_CONCURRENT }, lane));
  if (failure !== undefined) throw failure.error;
}

async function writeChunk({ name, variable, index }: PlannedChunk, writing: ChunkWriting): Promise<void> {
  const { prefix, write, compressor, onChunk, options } = writing;
  const { source } = variable;
  options.signal?.throwIfAborted();
  if (source.storedOnly !== undefined)
    throw new GatewayError("unsupported", `"${name}" has a codec that is not known here`, { variable: name });
  const chunk = await source.read(index, options);
  if (chunk !== undefined) {
    const encoding = encodingOf(source, compressor);
    // without a fill value of its own, readers would take another one for chunks that are left out
    const encode = source.fill === null ? options.coder.encodeAlways : options.coder.encode;
    const bytes = await encode(encoding, index, chunk, options);
    const key = formatChunkKey({ name: "default", separator: "/" }, index);
    if (bytes !== undefined) await write(`${prefix}${name}/${key}`, bytes, options);
  }
  onChunk();
}
