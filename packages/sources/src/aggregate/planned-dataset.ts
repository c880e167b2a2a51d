import { concatenated, constantSource, stacked } from "@zarr-gateway/compute";
import type {
  Attributes,
  ChunkIndex,
  ChunkSource,
  ChunkVersion,
  Dataset,
  StoredChunks,
  Variable,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { VariableFacts } from "./member.ts";
import type { OpenMembers } from "./open-members.ts";
import type { Piece, PlannedGroup, PlannedVariable } from "./planned-group.ts";

/** A plan with what only the files themselves can tell: everything that is needed to publish without opening one. */
export interface CompletePlan {
  readonly group: PlannedGroup;
  readonly attrs: Attributes;
  readonly variableAttrs: ReadonlyMap<string, Attributes>;
  readonly format: string | undefined;
  readonly warnings: Dataset["warnings"];
  /** Of each member, in the order of the list. */
  readonly versions: readonly string[];
  /** Of the whole: a hash of those and of how they are combined. */
  readonly version: string;
  /** True where every member's version covers its chunks. */
  readonly coversChunks: boolean;
}

/** The variables of a plan; members are opened when their chunks are asked for. */
export function plannedVariables(plan: CompletePlan, members: OpenMembers): Map<string, Variable> {
  const sources: MemberSources = { members, coversChunks: plan.coversChunks };
  return new Map(
    [...plan.group.variables].map(([name, planned]) => {
      const attrs = { ...plan.variableAttrs.get(name), ...planned.changes };
      return [name, { name, dims: planned.dims, attrs, source: sourceOf(planned, planned.piece, sources) }];
    }),
  );
}

interface MemberSources {
  readonly members: OpenMembers;
  /** False: each chunk has a version of its own. */
  readonly coversChunks: boolean;
}

function sourceOf(planned: PlannedVariable, piece: Piece, sources: MemberSources): ChunkSource {
  const { name, dtype, fill, shape } = planned;
  switch (piece.kind) {
    case "values":
      return constantSource({ dtype, fill, shape, values: piece.values });
    case "member":
      return memberSource(sources, piece.member, piece.facts);
    case "concatenated": {
      const { axis, series, layouts } = piece;
      const [first] = layouts;
      if (first === undefined) throw new GatewayError("internal", `"${name}" has no parts`);
      return concatenated({
        axis,
        areAlike: layouts.length === 1,
        lengths: series.lengths,
        starts: series.starts,
        part: (position) => memberSource(sources, series.members[position] ?? 0, layouts[position] ?? first),
      });
    }
    case "stacked": {
      const inner = { ...planned, shape: shape.slice(1) };
      return stacked(piece.pieces.map((part) => sourceOf(inner, part, sources)));
    }
    default:
      return piece satisfies never;
  }
}

/** A variable of a member that is opened at the first read. */
function memberSource(
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
