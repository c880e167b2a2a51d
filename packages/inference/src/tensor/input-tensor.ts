import { formatInstant } from "@zarr-gateway/dataset";
import type { Channel, ModelPackage, NetworkPlan, TensorPlan, TimeFeature } from "../model-package.ts";
import type { Fields, Run } from "../model-session.ts";
import { type Entering, enter, enterNumber } from "./field-copy.ts";
import { type TensorGeometry, tensorGeometry } from "./geometry.ts";
import { fillNormal, fillUniform, randomKey } from "./random-field.ts";
import { timeFeature } from "./time-feature.ts";
import { isPlanar } from "./whole-fields.ts";

/** What one row of a batch is made of. */
export interface InputRow {
  readonly run: Run;
  /** Step number that is made, which random numbers depend on. */
  readonly n: number;
  /** Step number of time 0. */
  readonly start: number;
  /** The state at `start`: of times start, start − 1, … in steps of the package. */
  readonly entries: readonly Fields[];
}

/** How an input of a network is put together. */
export interface InputTensor {
  readonly plan: TensorPlan;
  /** @param rows length of the batch axis */
  geometry(rows: number): TensorGeometry;
  /** Writes all rows: `values` has the length that the geometry says. */
  fill(values: Float32Array, rows: readonly InputRow[]): void;
  /** The tensor of one row where the state's fields already lie in memory as `fill` would write them; undefined elsewhere. */
  found(row: InputRow): Float32Array | undefined;
}

type Source =
  | { readonly kind: "field"; readonly variable: string; readonly offset: number; readonly how: Entering }
  | { readonly kind: "time"; readonly feature: TimeFeature; readonly how: Entering }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "values"; readonly values: Float32Array; readonly how: Entering }
  | { readonly kind: "random"; readonly distribution: "normal" | "uniform"; readonly how: Entering };

interface Compiled {
  readonly plan: TensorPlan;
  readonly network: NetworkPlan;
  readonly model: ModelPackage;
  readonly sources: readonly Source[];
}

/** Prepares an input once, so that a step only copies. */
export function inputTensor(model: ModelPackage, network: NetworkPlan, plan: TensorPlan): InputTensor {
  const sources = plan.channels.map((channel, number) => sourceOf(model, channel, scaleOf(plan, number)));
  const compiled = { plan, network, model, sources };
  const geometry = keptByRows((rows) => tensorGeometry(plan, model.grid, rows));
  return {
    plan,
    geometry,
    fill(values, rows) {
      const at = geometry(rows.length);
      rows.forEach((row, number) => {
        fillRow(compiled, at, { row, values, offset: number * at.rowStride });
      });
    },
    found: (row) => foundValues(compiled, geometry(1), row),
  };
}

/** Mean and standard deviation of a channel: its own, or the one of all. */
export function scaleOf({ normalize }: TensorPlan, channel: number): { mean: number; std: number } {
  if (normalize === undefined) return { mean: 0, std: 1 };
  const { mean, std } = normalize;
  return { mean: mean[mean.length === 1 ? 0 : channel]!, std: std[std.length === 1 ? 0 : channel]! };
}

/** Remembers one result for each length of the batch, of which there are few. */
export function keptByRows<Value>(make: (rows: number) => Value): (rows: number) => Value {
  const kept = new Map<number, Value>();
  return (rows) => {
    const value = kept.get(rows) ?? make(rows);
    kept.set(rows, value);
    return value;
  };
}

/** Cells of the grid; of a finer one where it is scaled. */
export function cellsOf({ grid }: Pick<ModelPackage, "grid">, scale: readonly number[] = []): number {
  return grid.reduce((cells, { labels }, axis) => cells * labels.length * (scale[axis] ?? 1), 1);
}

function sourceOf(model: ModelPackage, channel: Channel, scale: { mean: number; std: number }): Source {
  const how = { ...scale, low: -Infinity, high: Infinity, fill: NaN };
  switch (channel.kind) {
    case "field": {
      const variable = model.variables.find(({ name }) => name === channel.variable);
      const [low, high] = variable?.clip ?? [-Infinity, Infinity];
      const fill = typeof variable?.nan === "number" ? variable.nan : NaN;
      const offset = (channel.level ?? 0) * cellsOf(model);
      return { kind: "field", variable: channel.variable, offset, how: { ...scale, low, high, fill } };
    }
    case "static":
      return typeof channel.values === "number"
        ? { kind: "number", value: (channel.values - scale.mean) / scale.std }
        : { kind: "values", values: channel.values, how };
    case "time":
      return { kind: "time", feature: channel, how };
    case "random":
      return { kind: "random", distribution: channel.distribution, how };
    default:
      return channel satisfies never;
  }
}

function foundValues(
  { plan, network, sources }: Compiled,
  geometry: TensorGeometry,
  { entries }: InputRow,
): Float32Array | undefined {
  if (!sources.every(isAsItIs) || !isPlanar(geometry)) return undefined;
  let buffer: ArrayBufferLike | undefined;
  let start = 0;
  for (const [position, time] of plan.times.entries())
    for (const [number, { variable, offset }] of sources.entries()) {
      const field = entries[-time * network.stride]?.get(variable);
      if (field === undefined) return undefined;
      const at = position * geometry.timeStride + geometry.channelOffsets[number]! - offset;
      const origin = field.byteOffset - at * Float32Array.BYTES_PER_ELEMENT;
      if (buffer === undefined) [buffer, start] = [field.buffer, origin];
      if (field.buffer !== buffer || origin !== start || start < 0) return undefined;
    }
  const end = start + geometry.length * Float32Array.BYTES_PER_ELEMENT;
  if (buffer === undefined || end > buffer.byteLength) return undefined;
  return new Float32Array(buffer, start, geometry.length);
}

/** Whether values of a state enter unchanged. */
function isAsItIs(source: Source): source is Source & { readonly kind: "field" } {
  if (source.kind !== "field") return false;
  const { mean, std, low, high, fill } = source.how;
  return mean === 0 && std === 1 && low === -Infinity && high === Infinity && Number.isNaN(fill);
}

interface RowTarget {
  readonly row: InputRow;
  readonly values: Float32Array;
  readonly offset: number;
}

function fillRow(compiled: Compiled, geometry: TensorGeometry, target: RowTarget): void {
  const { plan } = compiled;
  const random = randomFields(compiled, geometry, target.row);
  plan.times.forEach((time, position) => {
    const offset = target.offset + position * geometry.timeStride;
    const channels = compiled.sources.map((source, number) => {
      const at = { tensor: target.values, tensorOffset: offset + geometry.channelOffsets[number]! };
      return { ...at, ...channelValues(compiled, source, { row: target.row, time, number, random }) };
    });
    for (const tile of geometry.tiles)
      for (const channel of channels)
        if ("field" in channel) enter(channel, tile, channel.how);
        else enterNumber(channel, tile, channel.value);
  });
}

interface ChannelTime {
  readonly row: InputRow;
  readonly time: number;
  readonly number: number;
  readonly random: (source: "normal" | "uniform", channel: number, time: number) => Float32Array;
}

/** A field, or one number for all cells. */
function channelValues(
  { model, network }: Compiled,
  source: Source,
  { row, time, number, random }: ChannelTime,
): { field: Float32Array; fieldOffset: number; how: Entering } | { value: number } {
  switch (source.kind) {
    case "field": {
      const field = row.entries[-time * network.stride]?.get(source.variable);
      if (field === undefined) throw new Error(`no ${source.variable} at time ${time} of ${network.key}`);
      return { field, fieldOffset: source.offset, how: source.how };
    }
    case "time": {
      const step = row.start + time * network.stride;
      const value = timeFeature(source.feature, { run: row.run, step, stepMs: model.stepMs });
      return { value: (value - source.how.mean) / source.how.std };
    }
    case "number":
      return source;
    case "values":
      return { field: source.values, fieldOffset: 0, how: source.how };
    case "random":
      return { field: random(source.distribution, number, time), fieldOffset: 0, how: source.how };
    default:
      return source satisfies never;
  }
}

/**
 * Random fields of an input: their key is made of the version of the package, the initial time as `formatInstant` writes it,
 * member, step number, the network's key and the input's name, and the run's seed where it has one; channel and time number
 * the fields.
 */
function randomFields(
  { model, network, plan }: Compiled,
  { tiles }: TensorGeometry,
  { run, n }: InputRow,
): ChannelTime["random"] {
  const init = formatInstant(run.calendar, run.initialTime);
  const cells = tiles.reduce((sum, { starts, count }) => sum + starts.length * count, 0);
  return (distribution, channel, time) => {
    const words = [model.version, init, run.member, n, network.key, plan.name];
    const key = randomKey(run.seed === undefined ? words : [...words, `seed ${run.seed}`]);
    const values = new Float32Array(cells);
    (distribution === "normal" ? fillNormal : fillUniform)(values, key, [channel, time]);
    return values;
  };
}
