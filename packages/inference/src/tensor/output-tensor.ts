import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, ModelVariable, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { Fields } from "../model-session.ts";
import type { Tensor } from "../network.ts";
import { type Leaving, leave } from "./field-copy.ts";
import { type TensorGeometry, tensorGeometry } from "./geometry.ts";
import { cellsOf, keptByRows, scaleOf } from "./input-tensor.ts";

/** Where values of an output go. */
export interface OutputRow {
  /** Of time 0, in physical units: what an increment is added to. */
  readonly before: Fields;
  /** The array that a variable's values of a time are written to. */
  target(variable: string, time: number): Float32Array;
}

/** How an output of a network is taken apart. */
export interface OutputTensor {
  readonly plan: TensorPlan;
  /** Times that are published or fed back. */
  readonly times: readonly number[];
  /** The time that is published: 1 wherever it is there. */
  readonly published: number | undefined;
  geometry(rows: number): TensorGeometry;
  /**
   * Writes what is wanted of it into the rows' targets.
   * @throws GatewayError model_output_invalid for another shape, and for NaN that is refused
   */
  take(tensor: Tensor | undefined, rows: readonly OutputRow[]): void;
}

interface Compiled {
  readonly model: ModelPackage;
  readonly network: NetworkPlan;
  readonly plan: TensorPlan;
  readonly times: readonly number[];
  readonly channels: readonly OutputChannel[];
}

interface OutputChannel {
  readonly number: number;
  readonly variable: ModelVariable;
  readonly level: number;
  readonly mean: number;
  readonly std: number;
}

/** Prepares an output once, so that a step only copies. */
export function outputTensor(model: ModelPackage, network: NetworkPlan, plan: TensorPlan): OutputTensor {
  const isDiagnostic = model.diagnostics.includes(network);
  // what a diagnostic network says of a state has no time of its own
  const published = plan.times.includes(1) ? 1 : isDiagnostic ? plan.times[0] : undefined;
  const isKept = (time: number): boolean =>
    !isDiagnostic && plan.feed.includes(time) && time <= 1 && (1 - time) * network.stride < model.history;
  const times = plan.times.filter((time) => time === published || isKept(time));
  const compiled = { model, network, plan, times, channels: channelsOf(model, plan) };
  const geometry = keptByRows((rows) => tensorGeometry(plan, model.grid, rows));
  return {
    plan,
    times,
    published,
    geometry,
    take(tensor, rows) {
      const at = geometry(rows.length);
      const values = checkedValues(compiled, at, tensor);
      rows.forEach((row, number) => {
        for (const time of times) takeRow(compiled, at, { row, time, values, offset: number * at.rowStride });
      });
    },
  };
}

function channelsOf(model: ModelPackage, plan: TensorPlan): OutputChannel[] {
  return plan.channels.flatMap((channel, number) => {
    const variable =
      channel.kind === "field" ? model.variables.find(({ name }) => name === channel.variable) : undefined;
    if (channel.kind !== "field" || variable === undefined) return [];
    return [{ number, variable, level: channel.level ?? 0, ...scaleOf(plan, number) }];
  });
}

function checkedValues(
  { network, plan }: Compiled,
  { shape, length }: TensorGeometry,
  tensor: Tensor | undefined,
): Float32Array {
  const where = `${network.key}.outputs.${plan.name}`;
  const expected = `float32 of shape [${shape.join(", ")}]`;
  const isRight =
    tensor?.values instanceof Float32Array &&
    tensor.values.length === length &&
    tensor.shape.length === shape.length &&
    shape.every((size, axis) => tensor.shape[axis] === size);
  if (isRight) return tensor.values;
  const came = tensor === undefined ? "nothing" : describeTensor(tensor);
  throw new GatewayError("model_output_invalid", `${where}: expected ${expected}, came ${came}`, {
    network: network.key,
    tensor: plan.name,
    expected: shape,
    came: tensor?.shape,
  });
}

function describeTensor({ shape, values }: Tensor): string {
  const type =
    values instanceof Float32Array ? "float32" : Object.prototype.toString.call(values).slice(8, -1);
  const product = shape.reduce((length, size) => length * size, 1);
  const count = values.length === product ? "" : ` with ${values.length} values`;
  return `${type} of shape [${shape.join(", ")}]${count}`;
}

interface TakenRow {
  readonly row: OutputRow;
  readonly time: number;
  readonly values: Float32Array;
  readonly offset: number;
}

function takeRow(
  compiled: Compiled,
  geometry: TensorGeometry,
  { row, time, values, offset }: TakenRow,
): void {
  const { model, plan, channels } = compiled;
  const cells = cellsOf(model, plan.scale);
  const start = offset + plan.times.indexOf(time) * geometry.timeStride;
  const taken = channels.map((channel) => ({
    channel,
    field: row.target(channel.variable.name, time),
    fieldOffset: channel.level * cells,
    tensor: values,
    tensorOffset: start + geometry.channelOffsets[channel.number]!,
    how: leavingOf(plan, channel, row.before),
    sum: 0,
  }));
  for (const tile of geometry.tiles) for (const one of taken) one.sum += leave(one, tile, one.how);
  for (const { channel, field, sum } of taken)
    if (Number.isNaN(sum) && channel.variable.nan === "refuse") refuseNan(compiled, { channel, field, time });
}

function leavingOf(
  { residual }: TensorPlan,
  { variable, mean, std }: OutputChannel,
  before: Fields,
): Leaving {
  const field = residual ? before.get(variable.name) : undefined;
  if (field === undefined) return { mean, std };
  return { mean, std, base: { field, fill: typeof variable.nan === "number" ? variable.nan : NaN } };
}

interface RefusedField {
  readonly channel: OutputChannel;
  readonly field: Float32Array;
  readonly time: number;
}

function refuseNan(
  { model, network, plan, channels }: Compiled,
  { channel, field, time }: RefusedField,
): void {
  const { name } = channel.variable;
  const cells = cellsOf(model, plan.scale);
  let count = 0;
  let first: { level: number; cell: number } | undefined;
  for (const { variable, level } of channels)
    if (variable.name === name)
      for (let cell = 0; cell < cells; cell++)
        if (Number.isNaN(field[level * cells + cell])) {
          first ??= { level, cell };
          count++;
        }
  if (first === undefined) return; // infinities cancelled out
  const place = placeOf(model, channel.variable, { ...first, scale: plan.scale });
  throw new GatewayError(
    "model_output_invalid",
    `${network.key}.outputs.${plan.name}: expected numbers for ${name} at time ${time}, came ${count} NaN, the first at ${place} (variables.${name}.nan: refuse)`,
    { network: network.key, tensor: plan.name, variable: name, count },
  );
}

/** `level 500, lat 90, lon 0.25`. */
function placeOf(
  model: ModelPackage,
  { levels }: ModelVariable,
  { level, cell, scale = [] }: { level: number; cell: number; scale: TensorPlan["scale"] },
): string {
  let rest = cell;
  const labels: string[] = [];
  for (const [number, axis] of [...model.grid.entries()].reverse()) {
    const factor = scale[number] ?? 1; // cells of a finer grid are in one of the model's
    labels.unshift(`${axis.name} ${axis.labels[Math.floor(rest / factor) % axis.labels.length]}`);
    rest = Math.floor(rest / (axis.labels.length * factor));
  }
  const label = levels === undefined ? undefined : model.levels[levels]?.[level];
  return [...(label === undefined ? [] : [`${levels} ${label}`]), ...labels].join(", ");
}
