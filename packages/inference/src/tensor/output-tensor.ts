import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { Fields } from "../model-session.ts";
import type { Tensor } from "../network.ts";
import { type Leaving, leave } from "./field-copy.ts";
import { type TensorGeometry, tensorGeometry } from "./geometry.ts";
import { cellsOf, keptByRows, scaleOf } from "./input-tensor.ts";
import type { OutputChannel } from "./output-channel.ts";
import { refuseNan } from "./refused-nan.ts";
import { isPlanar, type WholeField, wholeFields } from "./whole-fields.ts";

/** Where values of an output go. */
export interface OutputRow {
  /** Of time 0, in physical units: what an increment is added to. */
  readonly before: Fields;
  /** The array that a variable's values of a time are written to. */
  target(variable: string, time: number): Float32Array;
  /** Takes a part of the tensor itself as all values of a variable; absent where they have to lie in arrays of their own. */
  adopt?(variable: string, time: number, values: Float32Array): void;
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
   * Writes what is wanted of it into the rows' targets, or has a row adopt it: a fresh tensor of one row which holds nothing
   * but fields as they are.
   * @returns whether it was adopted
   * @throws GatewayError model_output_invalid for another shape, and for NaN that is refused
   */
  take(tensor: Tensor | undefined, rows: readonly OutputRow[]): boolean;
}

interface Compiled {
  readonly model: ModelPackage;
  readonly network: NetworkPlan;
  readonly plan: TensorPlan;
  readonly times: readonly number[];
  readonly channels: readonly OutputChannel[];
  /** Of a tensor of one row; undefined where it has anything else. */
  readonly whole: readonly WholeField[] | undefined;
}

/** Prepares an output once, so that a step only copies. */
export function outputTensor(model: ModelPackage, network: NetworkPlan, plan: TensorPlan): OutputTensor {
  const isDiagnostic = model.diagnostics.includes(network);
  // what a diagnostic network says of a state has no time of its own
  const published = plan.times.includes(1) ? 1 : isDiagnostic ? plan.times[0] : undefined;
  const isKept = (time: number): boolean =>
    !isDiagnostic && plan.feed.includes(time) && time <= 1 && (1 - time) * network.stride < model.history;
  const times = plan.times.filter((time) => time === published || isKept(time));
  const geometry = keptByRows((rows) => tensorGeometry(plan, model.grid, rows));
  const channels = channelsOf(model, plan);
  const whole = times.length === plan.times.length ? wholeOf(model, plan, { channels, geometry }) : undefined;
  const compiled = { model, network, plan, times, channels, whole };
  return {
    plan,
    times,
    published,
    geometry,
    take(tensor, rows) {
      const at = geometry(rows.length);
      const values = checkedValues(compiled, at, tensor);
      const [first] = rows;
      const isAdopted = tensor?.isFresh === true && rows.length === 1 && canAdopt(compiled, first);
      rows.forEach((row, number) => {
        const offset = number * at.rowStride;
        for (const time of times) takeRow(compiled, at, { row, time, values, offset, isAdopted });
      });
      return isAdopted;
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

function wholeOf(
  model: ModelPackage,
  plan: TensorPlan,
  {
    channels,
    geometry,
  }: Pick<Compiled, "channels"> & { readonly geometry: (rows: number) => TensorGeometry },
): WholeField[] | undefined {
  const at = geometry(1);
  if (channels.length !== plan.channels.length || !isPlanar(at)) return undefined;
  const places = channels.map(({ number, variable: { name, levels }, level }) => ({
    ...{ variable: name, level, offset: at.channelOffsets[number]! },
    levelCount: levels === undefined ? 1 : (model.levels[levels]?.length ?? 1),
  }));
  return wholeFields(places, cellsOf(model, plan.scale));
}

function canAdopt({ whole }: Compiled, row: OutputRow | undefined): boolean {
  return whole !== undefined && row?.adopt !== undefined;
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
  readonly isAdopted: boolean;
}

function takeRow(compiled: Compiled, geometry: TensorGeometry, taken: TakenRow): void {
  const { plan } = compiled;
  const start = taken.offset + plan.times.indexOf(taken.time) * geometry.timeStride;
  if (!taken.isAdopted) {
    takeChannels(compiled, geometry, { ...taken, start });
    return;
  }
  const { row, time, values } = taken;
  const fields = new Map(
    compiled.whole?.map(({ variable, offset, length }) => [
      variable,
      values.subarray(start + offset, start + offset + length),
    ]),
  );
  takeChannels(compiled, geometry, { ...taken, start, fields });
  for (const [variable, field] of fields) row.adopt?.(variable, time, field);
}

interface TakenTime extends TakenRow {
  /** Of the time's first element. */
  readonly start: number;
  /** Parts of the tensor, which become fields where they are. */
  readonly fields?: ReadonlyMap<string, Float32Array>;
}

function takeChannels(compiled: Compiled, geometry: TensorGeometry, time: TakenTime): void {
  const { model, plan, channels } = compiled;
  const { row, start, values, fields } = time;
  const cells = cellsOf(model, plan.scale);
  const taken = channels.map((channel) => {
    const tensorOffset = start + geometry.channelOffsets[channel.number]!;
    const before = channel.level * cells;
    const place = fields
      ? { field: values, fieldOffset: tensorOffset }
      : { field: row.target(channel.variable.name, time.time), fieldOffset: before };
    const how = leavingOf(plan, channel, { fields: row.before, offset: before });
    return { channel, ...place, tensor: values, tensorOffset, how, sum: 0 };
  });
  for (const tile of geometry.tiles) for (const one of taken) one.sum += leave(one, tile, one.how);
  for (const { channel, field, sum } of taken) {
    if (!Number.isNaN(sum) || channel.variable.nan !== "refuse") continue;
    refuseNan(compiled, { channel, field: fields?.get(channel.variable.name) ?? field, time: time.time });
  }
}

function leavingOf(
  { residual }: TensorPlan,
  { variable, mean, std }: OutputChannel,
  { fields, offset }: { readonly fields: Fields; readonly offset: number },
): Leaving {
  const field = residual ? fields.get(variable.name) : undefined;
  if (field === undefined) return { mean, std };
  return { mean, std, base: { field, offset, fill: typeof variable.nan === "number" ? variable.nan : NaN } };
}
