import { concatenated, constantSource, decodedVariable, PartSeries, stacked } from "@zarr-gateway/compute";
import type {
  Attributes,
  ChunkIndex,
  ChunkSource,
  ChunkVersion,
  Dataset,
  StoredChunks,
  Variable,
} from "@zarr-gateway/dataset";
import { type ByteCache, type CallOptions, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import type { VariableFacts } from "./member.ts";
import type { OpenMembers } from "./open-members.ts";
import type { Piece, PlannedGroup, PlannedVariable, Series } from "./planned-group.ts";

/** A plan with what only the files themselves can tell: everything that is needed to publish without opening one. */
export interface CompletePlan {
  readonly group: PlannedGroup;
  readonly attrs: Attributes;
  readonly variableAttrs: ReadonlyMap<string, Attributes>;
  readonly format: string | undefined;
  readonly warnings: Dataset["warnings"];
  /** Of each member in the order of the list, separated by NUL: few are ever asked for. */
  readonly versions: string;
  /** Of the whole: a hash of those and of how they are combined. */
  readonly version: string;
  /** True where every member's version covers its chunks. */
  readonly coversChunks: boolean;
}

export interface PlanServices {
  readonly members: OpenMembers;
  /** Where chunks are put together that lie in several members. */
  readonly pool: WorkerPool;
  /** Where decoded chunks of members are kept of which several chunks need a part. */
  readonly cache?: ByteCache | undefined;
}

/** The variables of a plan; members are opened when their chunks are asked for. */
export function plannedVariables(plan: CompletePlan, services: PlanServices): Map<string, Variable> {
  const { version, coversChunks } = plan;
  const sources: MemberSources = { ...services, version, coversChunks, series: new Map() };
  return new Map(
    [...plan.group.variables].map(([name, planned]) => {
      const stored = Object.entries(plan.variableAttrs.get(name) ?? {});
      const attrs = {
        ...Object.fromEntries(stored.filter(([key]) => planned.dropped?.includes(key) !== true)),
        ...planned.changes,
      };
      return [name, { name, dims: planned.dims, attrs, source: sourceOf(planned, planned.piece, sources) }];
    }),
  );
}

interface MemberSources extends PlanServices {
  /** Of the aggregate. */
  readonly version: string;
  /** False: each chunk has a version of its own. */
  readonly coversChunks: boolean;
  /** What was found out of each: variables share them. */
  readonly series: Map<Series, PartSeries>;
}

function sourceOf(planned: PlannedVariable, piece: Piece, sources: MemberSources): ChunkSource {
  const { dtype, fill, shape } = planned;
  switch (piece.kind) {
    case "values":
      return constantSource({ dtype, fill, shape, values: piece.values });
    case "member":
      return memberSource(sources, piece.member, piece.facts);
    case "concatenated":
      return concatenatedSource(planned.name, piece, sources);
    case "stacked": {
      const inner = { ...planned, shape: shape.slice(1) };
      return stacked(piece.pieces.map((part) => sourceOf(inner, part, sources)));
    }
    default:
      return piece satisfies never;
  }
}

function concatenatedSource(
  name: string,
  { axis, series, layouts }: Extract<Piece, { kind: "concatenated" }>,
  sources: MemberSources,
): ChunkSource {
  const [first] = layouts;
  if (first === undefined) throw new GatewayError("internal", `"${name}" has no parts`);
  const known = sources.series.get(series) ?? new PartSeries(series.lengths, series.starts);
  sources.series.set(series, known);
  const { cache, pool, version } = sources;
  const memberAt = (position: number): number => series.members[position] ?? 0;
  return concatenated({
    axis,
    areAlike: layouts.length === 1,
    series: known,
    part: (position) => memberSource(sources, memberAt(position), layouts[position] ?? first),
    pool,
    keptOf: cache && ((position) => ({ cache, key: `aggregate ${version} ${name} ${memberAt(position)}` })),
  });
}

/** A variable of a member, unpacked where the plan says so. */
function memberSource(sources: MemberSources, position: number, facts: VariableFacts): ChunkSource {
  const { packed } = facts;
  if (packed === undefined) return storedSource(sources, position, facts);
  const source = storedSource(sources, position, packed);
  return decodedVariable({ ...packed, attrs: packed.marks, source }, { pool: sources.pool }).source;
}

/** A variable of a member that is opened at the first read. */
function storedSource(
  { members, coversChunks }: MemberSources,
  position: number,
  facts: VariableFacts,
): ChunkSource {
  const { name, dtype, fill, shape, chunkShape, stored, isAssembled, storedOnly } = facts;
  const withSource = <Result>(
    work: (source: ChunkSource) => Promise<Result>,
    options: CallOptions = {},
  ): Promise<Result> =>
    members.use(
      position,
      (dataset) => {
        const variable = dataset.variables.get(name);
        if (variable === undefined) throw new GatewayError("upstream", `the variable "${name}" has vanished`);
        return work(variable.source);
      },
      options,
    );
  const withStored = <Result>(
    work: (chunks: StoredChunks) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> =>
    withSource((source) => {
      if (source.stored === undefined)
        throw new GatewayError("upstream", `the chunks of "${name}" have vanished`);
      return work(source.stored);
    }, options);
  return {
    dtype,
    fill,
    grid: { shape, chunkShape },
    ...(isAssembled && { isAssembled }),
    ...(storedOnly && { storedOnly }),
    ...(!coversChunks && {
      version: (index, options = {}) =>
        members.use(position, (dataset) => chunkVersion(dataset, name, index, options), options),
    }),
    read: (index, options) => withSource((source) => source.read(index, options), options),
    ...(stored && {
      stored: {
        grid: { shape, chunkShape: stored.chunkShape },
        codecs: stored.codecs,
        read: (index, options) => withStored((chunks) => chunks.read(index, options), options),
        stat: (index, options) => withStored((chunks) => chunks.stat(index, options), options),
        ...(stored.isLocatable && {
          locate: (index, options) => withStored(async (chunks) => chunks.locate?.(index, options), options),
        }),
      },
    }),
  };
}

/** Where the members are of different kinds, those whose version covers all chunks answer with that. */
async function chunkVersion(
  { version, versionCoversChunks, variables }: Dataset,
  name: string,
  index: ChunkIndex,
  options: CallOptions,
): Promise<ChunkVersion | undefined> {
  if (versionCoversChunks && version !== undefined) return { version };
  return variables.get(name)?.source.version?.(index, options);
}
