import {
  coordinateNames,
  type Dataset,
  type DataType,
  dimensionSizes,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, similarWord } from "@zarr-gateway/primitives";
import { constantSource } from "../constant-source.ts";
import { decodedVariable } from "../decoded/decoded-variable.ts";
import { coordinateLabels, instantCoding } from "../view/coordinate-labels.ts";
import { positionsSelection } from "../view/select/axis-selection.ts";
import { unknownName } from "../view/select/dimension-arguments.ts";
import { selected } from "../view/select/selected.ts";
import { viewError } from "../view/view-call.ts";
import { type LabelledGroups, labelledGroups } from "./group-labels.ts";
import { type TimeAxis, timeAxis } from "./time-axis.ts";
import { componentsOf, type GroupKeys, TIME_COMPONENTS, timeComponent } from "./time-components.ts";

/** `time.month` or `lat`, as it is written in a view. */
export interface GroupTarget {
  readonly text: string;
  readonly at: number;
}

/** How the positions along a dimension fall into groups. */
export interface Grouping extends LabelledGroups {
  /** The dimension that is grouped, and what it is called afterwards. */
  readonly dim: string;
  readonly name: string;
  /** Its coordinate afterwards; undefined for a dimension that has none. */
  readonly label: Variable | undefined;
}

/**
 * Groups by a coordinate or by a component of times, in the order that xarray gives them.
 * @throws GatewayError invalid_request with the choices
 */
export async function groupingOf(
  dataset: Dataset,
  target: GroupTarget,
  options: CallOptions,
): Promise<Grouping> {
  const { text, at } = target;
  const variable = dataset.variables.get(text);
  if (variable !== undefined) return byVariable(variable, target, options);
  const length = dimensionSizes(dataset.variables.values()).get(text);
  if (length !== undefined) return byPosition(text, length);
  const dot = text.indexOf(".");
  const time = dot < 0 ? undefined : dataset.variables.get(text.slice(0, dot));
  if (time !== undefined)
    return byComponent(time, { text: text.slice(dot + 1), at: at + dot + 1 }, { ...target, options });
  const name = dot < 0 ? text : text.slice(0, dot);
  throw unknownName("coordinate", { name, at }, [...coordinateNames(dataset)]);
}

/** The times of a coordinate with one dimension. @throws GatewayError invalid_request for anything else */
export async function timesOf(
  variable: Variable,
  at: number,
  options: CallOptions,
): Promise<{ readonly axis: TimeAxis; readonly dim: string }> {
  const dim = onlyDimension(variable, at);
  const coding = instantCoding(variable);
  if (coding === undefined) {
    const { units } = variable.attrs;
    const came = typeof units === "string" ? `units "${units.slice(0, 80)}"` : "no units";
    throw viewError(`"${variable.name}" is no time: it has ${came}, not "days since …"`, at);
  }
  const values = await wholeValues(decodedVariable(variable).source, options);
  return { axis: timeAxis(values, coding, (value) => value === -(2n ** 63n)), dim };
}

async function byVariable(variable: Variable, { at }: GroupTarget, options: CallOptions): Promise<Grouping> {
  const dim = onlyDimension(variable, at);
  const { name } = variable;
  const keys = keysOf(await coordinateLabels(variable, options));
  const groups = labelledGroups(keys, name === dim);
  const source = selected(variable.source, { axes: [positionsSelection(groups.first)] });
  const { encoding: _encoding, ...rest } = variable;
  return { ...groups, dim, name, label: { ...rest, dims: [name], source } };
}

function keysOf(
  labels: Awaited<ReturnType<typeof coordinateLabels>>,
): ArrayLike<number | bigint | string | undefined> {
  if (labels.kind !== "instants") return labels.values;
  return Array.from(labels.days, (day, at) =>
    Number.isNaN(day) ? undefined : BigInt(day) * 86_400_000_000_000n + BigInt(labels.nanoseconds[at] ?? 0),
  );
}

/** A dimension without a coordinate: every position is a group, and has no label. */
function byPosition(dim: string, length: number): Grouping {
  const groupOf = Int32Array.from({ length }, (_, at) => at);
  return { dim, name: dim, groupOf, first: [...groupOf], label: undefined };
}

async function byComponent(
  time: Variable,
  component: GroupTarget,
  { at, options }: GroupTarget & { readonly options: CallOptions },
): Promise<Grouping> {
  const { text: name } = component;
  if (!TIME_COMPONENTS.includes(name)) throw unknownComponent(component, TIME_COMPONENTS);
  const { axis, dim } = await timesOf(time, at, options);
  const known = componentsOf(axis);
  if (!known.includes(name)) {
    const reason = `times of the calendar ${axis.calendar} that are no datetime64[ns]`;
    throw unknownComponent(component, known, ` of ${reason}`);
  }
  const keys = timeComponent(axis, name);
  const groups = labelledGroups(keys.values, false);
  return { ...groups, dim, name, label: labelVariable(name, keys, groups) };
}

function unknownComponent({ text, at }: GroupTarget, known: readonly string[], of = " of a time"): Error {
  const meant = similarWord(text, known);
  const advice = meant === undefined ? "" : `, did you mean "${meant}"?`;
  return viewError(
    `there is no component "${text.slice(0, 40)}"${of}${advice} There are ${known.join(", ")}`,
    at,
  );
}

/** Without attributes, as xarray's. */
function labelVariable(name: string, keys: GroupKeys, { first }: LabelledGroups): Variable {
  const { dtype, values } = componentLabels(keys, first);
  const source = constantSource({ dtype, fill: null, shape: [values.length], values });
  return { name, dims: [name], attrs: {}, source };
}

/** Values of a component at some positions, in the type in which they are published. */
export function componentLabels(
  { dtype, values }: GroupKeys,
  positions: readonly number[],
): { readonly dtype: DataType; readonly values: Values } {
  if (dtype === "string") return { dtype, values: positions.map((at) => String(values[at] ?? "")) };
  const numbers = positions.map((at) => Number(values[at] ?? 0));
  if (dtype === "bool") return { dtype, values: Uint8Array.from(numbers) };
  return { dtype: "int64", values: BigInt64Array.from(numbers, (number) => BigInt(number)) };
}

function onlyDimension({ name, dims }: Variable, at: number): string {
  const [dim] = dims;
  if (dims.length === 1 && typeof dim === "string") return dim;
  const came = dims.length === 0 ? "none" : dims.map(String).join(", ");
  throw viewError(`"${name}" must have one dimension to group along, it has ${came}`, at);
}
