import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import { withCoordinates } from "../dataset/with-coordinates.ts";
import { type Arithmetic, pairedVariable, withoutTimeBounds } from "../expression/paired-variable.ts";
import { rechunked } from "../rechunked.ts";
import { coordinateLabels } from "../view/coordinate-labels.ts";
import { positionsSelection } from "../view/select/axis-selection.ts";
import { sel } from "../view/select/sel.ts";
import { selected } from "../view/select/selected.ts";
import { type ViewArgument, viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import { arranged } from "./arranged.ts";
import { argumentsOf } from "./group-arguments.ts";
import { groupedDataset, withoutLost } from "./grouped-dataset.ts";
import { type Grouping, type GroupTarget, groupingOf } from "./grouping.ts";
import { remembered } from "./remembered.ts";
import { taken } from "./taken.ts";
import { typeWithMissing, withMissing } from "./with-missing.ts";

interface AnomalyStep {
  readonly target: GroupTarget;
  /** The selection that the mean is taken over, as `sel` parses it, and as it is written. */
  readonly period: { readonly selection: ReturnType<typeof sel.parse>; readonly text: string } | undefined;
}

const EXAMPLE = "anomaly(time.month,1991:2020)";
const SUBTRACT: Arithmetic = "subtract";

/** Differences from the mean of the group: of all Januaries, say, or of those of a period. */
export const anomaly: ViewOperation<AnomalyStep> = {
  name: "anomaly",
  summary: "Differences from the mean of each month, day of the year, …: of all of them, or of a period.",
  examples: ["anomaly(time.month)", EXAMPLE, "anomaly(time.dayofyear)"],
  equivalent: 'ds.groupby("time.month") - ds.sel(time=slice("1991", "2020")).groupby("time.month").mean()',
  parse(call) {
    const [target, period] = argumentsOf(call, [1, 2], EXAMPLE);
    if (target === undefined || target.key !== undefined)
      throw viewError(`"anomaly" is written "${EXAMPLE}"`, target?.at ?? call.at);
    return {
      target: { text: target.value, at: target.valueAt },
      period: period && periodOf(target.value.split(".")[0] ?? "", period),
    };
  },
  print: ({ target, period }) => `anomaly(${target.text}${period ? `,${period.text}` : ""})`,
  async apply(input: Dataset, { target, period }: AnomalyStep, context: ViewContext): Promise<Dataset> {
    const grouping = await groupingOf(input, target, context);
    if (grouping.groupOf.includes(-1))
      throw viewError(`"${target.text}" is missing at some positions, which belong to no mean`, target.at);
    const name = period === undefined ? "" : `${period.text} `;
    const own = { ...context, key: `${context.key} anomaly ${name}${target.text}` };
    const reference = period === undefined ? input : await sel.apply(input, period.selection, own);
    const groups = period === undefined ? grouping : await groupingOf(reference, target, context);
    const climatology = groupedDataset(reference, meanOf(groups), own);
    return differences(input, climatology, {
      grouping,
      rows: await rowsOf(grouping, groups, context),
      context: own,
    });
  },
};

function periodOf(
  name: string,
  { key, at, value, valueAt }: ViewArgument,
): NonNullable<AnomalyStep["period"]> {
  if (key !== undefined || !value.includes(":"))
    throw viewError(`expected a period such as 1991:2020, as in "${EXAMPLE}"`, at);
  const selection = sel.parse({ name: "sel", at, arguments: [{ key: name, at, value, valueAt }] });
  const printed = sel.print(selection); // sel(time=1991:2020)
  return { selection, text: printed.slice(printed.indexOf("=") + 1, -1) };
}

function meanOf({ dim, name, groupOf, first, label }: Grouping): Parameters<typeof groupedDataset>[1] {
  return {
    action: "mean",
    dim,
    name,
    groupOf,
    count: first.length,
    label,
    isEmpty: undefined,
    keepsOrder: false,
  };
}

/** For every position the row of the climatology that it belongs to; -1 where the period has none. */
async function rowsOf(grouping: Grouping, groups: Grouping, context: ViewContext): Promise<Int32Array> {
  if (grouping === groups || grouping.label === undefined || groups.label === undefined)
    return grouping.groupOf;
  const known = await coordinateLabels(groups.label, context);
  const wanted = await coordinateLabels(grouping.label, context);
  const keyOf = (labels: typeof known, at: number): string =>
    labels.kind === "instants" ? `${labels.days[at]} ${labels.nanoseconds[at]}` : String(labels.values[at]);
  const rows = new Map(groups.first.map((_, row) => [keyOf(known, row), row]));
  const rowOfGroup = grouping.first.map((_, group) => rows.get(keyOf(wanted, group)) ?? -1);
  return grouping.groupOf.map((group) => rowOfGroup[group] ?? -1);
}

interface DifferenceOptions {
  readonly grouping: Grouping;
  readonly rows: Int32Array;
  readonly context: ViewContext;
}

function differences(input: Dataset, climatology: Dataset, options: DifferenceOptions): Dataset {
  const coordinates = coordinateNames(input);
  const variables = new Map<string, Variable>();
  for (const [name, variable] of input.variables) {
    if (coordinates.has(name)) {
      const kept =
        variable.dims.length === 0 ? repeatedScalar(variable, options) : withoutTimeBounds(variable);
      if (kept !== undefined) variables.set(name, kept);
      continue;
    }
    const mean = climatology.variables.get(name);
    const difference = mean && differenceOf(input, { variable, mean }, options);
    if (difference !== undefined) variables.set(name, difference);
  }
  const { name, label, dim, groupOf } = options.grouping;
  if (label !== undefined && !variables.has(name)) {
    const source = selected(label.source, { axes: [positionsSelection([...groupOf])] });
    variables.set(name, { ...label, dims: [dim], source });
  }
  const result = withoutLost(input, variables);
  const names = [...coordinates, name].filter((one) => variables.has(one));
  return derivedDataset(result, withCoordinates(result, names));
}

/** xarray spreads scalar coordinates along the groups, and drops them where some have no mean: there they would differ. */
function repeatedScalar(
  variable: Variable,
  { grouping, rows, context }: DifferenceOptions,
): Variable | undefined {
  if (rows.includes(-1)) return undefined;
  const { encoding: _encoding, ...rest } = variable;
  const axes = [{ length: grouping.groupOf.length }];
  return { ...rest, dims: [grouping.dim], source: arranged(variable.source, axes, context.pool) };
}

function differenceOf(
  input: Dataset,
  { variable, mean }: { readonly variable: Variable; readonly mean: Variable },
  options: DifferenceOptions,
): Variable | undefined {
  const { grouping, context } = options;
  const axis = variable.dims.indexOf(grouping.dim);
  const spread = axis >= 0 ? variable : spreadAlong(variable, options);
  const length = spread.source.grid.chunkShape[Math.max(0, axis)] ?? 1;
  const expected = expectedAt(mean, spread, { ...options, length });
  return (
    expected &&
    pairedVariable(
      [
        { variable: spread, dataset: input },
        { variable: expected, dataset: input },
      ],
      SUBTRACT,
      context,
    )
  );
}

/** The mean that belongs to every position, in chunks that line up with the variable's; kept once it is computed. */
function expectedAt(
  mean: Variable,
  { name, dims, source }: Variable,
  { grouping, rows, context, length }: DifferenceOptions & { readonly length: number },
): Variable | undefined {
  const { cache, key, pool } = context;
  const kept = cache && { cache, key: `${key} mean ${name}` };
  const once = remembered(mean.source, kept);
  const [groups = 1] = mean.source.grid.chunkShape;
  const others = mean.dims.slice(1).map((dim) => source.grid.chunkShape[dims.indexOf(dim)] ?? 1);
  const lined = rechunked(once, { chunkShape: [groups, ...others], pool });
  const whole = taken(lined, { positions: rows.map((row) => Math.max(0, row)), chunkLength: length });
  const result = { ...mean, dims: [grouping.dim, ...mean.dims.slice(1)], source: whole };
  if (!rows.includes(-1)) return result;
  if (typeWithMissing(whole.dtype) === undefined) return undefined;
  const isMissing = Uint8Array.from(rows, (row) => Number(row < 0));
  return { ...result, source: withMissing(whole, { axis: 0, isMissing, pool }) };
}

/** A variable without the dimension differs from its mean at every position of it. */
function spreadAlong(variable: Variable, { grouping, context }: DifferenceOptions): Variable {
  const { source, dims } = variable;
  const axes = [{ length: grouping.groupOf.length }, ...dims.map((_, from) => ({ from }))];
  return { ...variable, dims: [grouping.dim, ...dims], source: arranged(source, axes, context.pool) };
}
