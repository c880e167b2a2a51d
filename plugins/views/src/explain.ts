import {
  estimateOf,
  isResultKept,
  type MadeChunk,
  resultBytes,
  resultKeyOf,
  type WorkEstimate,
} from "@zarr-gateway/compute";
import {
  type ChunkGrid,
  type ChunkIndex,
  type ChunkMaker,
  type ChunkSource,
  chunkCounts,
  type Dataset,
  elementCount,
  isInsideGrid,
  type Variable,
} from "@zarr-gateway/dataset";
import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { ViewIds } from "./view-id.ts";

export interface Explained {
  readonly id: string;
  readonly dataset: Dataset;
  readonly ids: ViewIds;
  readonly cache: ByteCache;
  readonly maxReadBytes: number;
}

export interface NamedChunk {
  readonly name: string;
  readonly index: ChunkIndex;
}

type Json = Readonly<Record<string, unknown>>;

/** The view in words, and what one chunk of each variable takes. */
export function explainDataset(explained: Explained): Json {
  const variables = [...explained.dataset.variables].map(
    ([name, variable]) => [name, variableWork(variable)] as const,
  );
  return { ...viewWords(explained), variables: Object.fromEntries(variables) };
}

/** What one chunk takes; undefined where there is no such chunk. */
export async function explainChunk(
  explained: Explained,
  { name, index }: NamedChunk,
  options: CallOptions,
): Promise<Json | undefined> {
  const variable = explained.dataset.variables.get(name);
  if (variable === undefined) return undefined;
  const { source } = variable;
  const grid = publishedGrid(source);
  if (!isInsideGrid(grid, index)) return undefined;
  const passes = isPassed(source);
  const { made, ...reads } = readsOf(source, index);
  const { maxReadBytes } = explained;
  const isKept =
    !passes && reads.chunks <= MAX_LOOKS && (await isInMemory(explained, { name, index }, options));
  return {
    ...viewWords(explained),
    variable: name,
    chunk: index,
    reads,
    ...(made && { makes: explainMade(made) }),
    computes: { bytes: passes ? 0 : resultBytes(source, index) },
    isPassedOn: passes,
    isKept,
    isAllowed: passes || reads.bytes <= maxReadBytes,
  };
}

/** Chunks of the original that are looked at to tell the version of one that is made of them. */
const MAX_LOOKS = 1000;

async function isInMemory(
  { id, dataset, cache }: Explained,
  { name, index }: NamedChunk,
  options: CallOptions,
): Promise<boolean> {
  const source = dataset.variables.get(name)?.source;
  if (dataset.version === undefined || source === undefined) return false;
  const version = (await source.version?.(index, options))?.version;
  const key = resultKeyOf(id.split("@")[0] ?? "", dataset.version);
  return isResultKept(cache, key, { name, index, version });
}

function viewWords({ id, dataset, ids, maxReadBytes }: Explained): Json {
  const parsed = ids.parse(id);
  const steps = parsed?.view.steps.map(({ text, operation: { summary, equivalent } }) => ({
    step: text,
    summary,
    equivalent: `such as ${equivalent}`,
  }));
  return {
    id,
    dataset: parsed?.base ?? id,
    ...(parsed && { view: parsed.view.text }),
    steps: steps ?? [],
    ...(dataset.version !== undefined && { version: dataset.version }),
    maxReadBytes,
  };
}

/** One chunk stands for all: those at the border take less. */
function variableWork(variable: Variable): Json {
  const { source, dims } = variable;
  const { shape, chunkShape } = publishedGrid(source);
  const chunks = elementCount(chunkCounts({ shape, chunkShape }));
  const first = shape.map(() => 0);
  const passes = isPassed(source);
  const reads = chunks > 0 ? readsOf(source, first) : undefined;
  return {
    dtype: source.dtype,
    dims,
    shape,
    chunkShape,
    chunks,
    ...(reads && {
      readsOneChunk: { chunks: reads.chunks, bytes: reads.bytes },
      computesOneChunk: { bytes: passes ? 0 : resultBytes(source, first) },
    }),
    isPassedOn: passes,
  };
}

function readsOf(source: ChunkSource, index: ChunkIndex): WorkEstimate {
  return isPassed(source) ? { chunks: 1, bytes: storedBytes(source, index) } : estimateOf(source, index);
}

/** One entry for each thing that makes some of the chunks: a model, a second one. */
function explainMade(made: readonly MadeChunk[]): readonly Json[] {
  const byMaker = new Map<ChunkMaker, MadeChunk[]>();
  for (const chunk of made) {
    const others = byMaker.get(chunk.by);
    if (others === undefined) byMaker.set(chunk.by, [chunk]);
    else others.push(chunk);
  }
  return [...byMaker].map(([maker, chunks]) => maker.explain(chunks));
}

function isPassed({ stored, isAssembled }: ChunkSource): boolean {
  return stored !== undefined && isAssembled !== true;
}

function publishedGrid(source: ChunkSource): ChunkGrid {
  return source.stored && isPassed(source) ? source.stored.grid : source.grid;
}

function storedBytes(source: ChunkSource, index: ChunkIndex): number {
  return resultBytes({ grid: publishedGrid(source), dtype: source.dtype }, index);
}
