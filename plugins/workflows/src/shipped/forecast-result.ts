import { type KeptIn, rechunked } from "@zarr-gateway/compute";
import {
  type Attributes,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type Dataset,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, createByteCache } from "@zarr-gateway/primitives";
import type { FoundForecast } from "./forecast-request.ts";

export interface ResultShape {
  /** Lead times, the analysis included. */
  readonly leads: number;
  /** Undefined: no dimension of members, the control alone. */
  readonly members?: number | undefined;
  /** All that depend on start and lead time where absent. */
  readonly variables?: readonly string[] | undefined;
  /** Beside those of the forecast. */
  readonly attrs?: Attributes | undefined;
}

/** Source chunks that hold more than one lead time, until the next ones are read. */
const KEPT_BYTES = 512 * 1024 * 1024;
/** Attributes of the forecast: what it is, and what it takes to make it again. */
const TAKEN_OVER = new Set([
  ...["title", "source", "license", "references", "institution"],
  ...["model_version", "model_runtime", "model_providers", "initial_conditions", "member_noise"],
]);
/** Names of Earth2Studio. */
const TIME = "time";
const LEAD = "lead_time";
const MEMBER = "ensemble";

/**
 * A part of a forecast in Earth2Studio's dimensions, lazily: time, ensemble where there are members, lead_time, and those of
 * the grid. One start, member and lead time is one chunk.
 */
export async function forecastResult(
  { dataset, fields: all, axes, starts }: Pick<FoundForecast, "dataset" | "fields" | "axes" | "starts">,
  { leads, members, variables, attrs }: ResultShape,
  options: CallOptions = {},
): Promise<Dataset> {
  const fields = all.filter(({ name }) => variables === undefined || variables.includes(name));
  const kept: KeptIn = { cache: createByteCache(KEPT_BYTES), key: "forecast" };
  const moved = fields.map((field) => movedField(field, { axes, starts, leads, members, kept }));
  const needed = new Set(moved.flatMap(({ dims }) => dims));
  const grid = [...dataset.variables.values()].filter(
    ({ name, dims }) => needed.has(name) && dims.length === 1 && ![TIME, LEAD, MEMBER].includes(name),
  );
  const coordinates = [
    await pickedCoordinate(axes.start, TIME, { positions: starts, options }),
    ...(members === undefined ? [] : [memberCoordinate(members)]),
    await pickedCoordinate(axes.lead, LEAD, { positions: upTo(leads), options }),
    ...grid,
  ];
  const origin = Object.entries(dataset.attrs).filter(([name]) => TAKEN_OVER.has(name));
  return {
    attrs: { Conventions: "CF-1.11", ...Object.fromEntries(origin), ...attrs },
    variables: new Map([...coordinates, ...moved].map((variable) => [variable.name, variable])),
    groups: new Map(),
  };
}

interface Selection extends Pick<FoundForecast, "axes" | "starts"> {
  readonly leads: number;
  readonly members: number | undefined;
  readonly kept: KeptIn;
}

/** Dimensions of length one can change places without a value moving. */
function movedField(field: Variable, { axes, starts, leads, members, kept }: Selection): Variable {
  const { name, dims, attrs, source } = field;
  const single = new Set([axes.start.name, axes.lead.name, ...(axes.member ? [axes.member.name] : [])]);
  const rest = dims.flatMap((dim, axis) => (dim !== null && single.has(dim) ? [] : [axis]));
  const one = rechunked(source, {
    chunkShape: dims.map((dim, axis) =>
      dim !== null && single.has(dim) ? 1 : (source.grid.shape[axis] ?? 1),
    ),
    kept: { ...kept, key: `${kept.key} ${name}` },
  });
  const lengths = rest.map((axis) => source.grid.shape[axis] ?? 1);
  const outer = [starts.length, ...(members === undefined ? [] : [members]), leads];
  const shape = [...outer, ...lengths];
  const chunkShape = [...outer.map(() => 1), ...lengths.map((length) => Math.max(1, length))];
  const grid = { shape, chunkShape };
  const sourceIndex = (index: ChunkIndex): number[] => {
    const [time = 0, second = 0, third = 0] = index;
    const [member, lead] = members === undefined ? [0, second] : [second, third];
    return dims.map((dim) => {
      if (dim === axes.start.name) return starts[time] ?? 0;
      if (dim === axes.lead.name) return lead;
      return dim === axes.member?.name ? member : 0;
    });
  };
  const moved: ChunkSource = {
    ...{ dtype: source.dtype, fill: source.fill, grid },
    async read(index, call) {
      const chunk = await one.read(sourceIndex(index), call);
      return chunk && { ...chunk, shape: clippedShape(grid, index) };
    },
  };
  const restDims = rest.map((axis) => dims[axis] ?? null);
  return {
    name,
    dims: [TIME, ...(members === undefined ? [] : [MEMBER]), LEAD, ...restDims],
    attrs: withoutReferences(attrs),
    source: moved,
  };
}

/** The times for which a forecast is are no variable of the result: they follow from the two that are. */
function withoutReferences(attrs: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attrs).filter(([name]) => name !== "coordinates"));
}

interface Picking {
  readonly positions: readonly number[];
  readonly options: CallOptions;
}

async function pickedCoordinate(
  axis: Variable,
  name: string,
  { positions, options }: Picking,
): Promise<Variable> {
  const { dtype, fill } = axis.source;
  const all = await wholeValues(axis.source, options);
  const values = picked(all, positions);
  const attrs =
    name === LEAD && !/64\[/.test(dtype) ? { ...axis.attrs, dtype: "timedelta64[ns]" } : axis.attrs;
  return {
    name,
    dims: [name],
    attrs,
    source: wholeSource({ dtype, fill, values, length: positions.length }),
  };
}

function picked(all: Values, positions: readonly number[]): Values {
  if (Array.isArray(all)) return positions.map((at) => (all as readonly string[])[at] ?? "");
  const values = (all as Exclude<Values, readonly string[]>).slice(0, positions.length);
  for (const [to, from] of positions.entries()) Reflect.set(values, to, Reflect.get(all, from));
  return values;
}

function memberCoordinate(count: number): Variable {
  const values = BigInt64Array.from({ length: count }, (_, member) => BigInt(member));
  return {
    name: MEMBER,
    dims: [MEMBER],
    attrs: { standard_name: "realization", long_name: "ensemble member, 0 is the control" },
    source: wholeSource({ dtype: "int64", fill: null, values, length: count }),
  };
}

interface Whole extends Pick<ChunkSource, "dtype" | "fill"> {
  readonly values: Values;
  readonly length: number;
}

function wholeSource({ dtype, fill, values, length }: Whole): ChunkSource {
  const grid = { shape: [length], chunkShape: [Math.max(1, length)] };
  return { dtype, fill, grid, read: () => Promise.resolve({ shape: [length], values }) };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
