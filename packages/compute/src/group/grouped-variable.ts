import {
  type Attributes,
  type ChunkSource,
  type Dataset,
  type DataType,
  isTimeType,
  type Variable,
} from "@zarr-gateway/dataset";
import { constantSource } from "../constant-source.ts";
import { decodedVariable, withInheritedUnits } from "../decoded/decoded-variable.ts";
import { isTimeVariable } from "../decoded/time-variable.ts";
import { reduced } from "../reduce/reduced.ts";
import { resultType } from "../reduce/result-type.ts";
import { positionsSelection } from "../view/select/axis-selection.ts";
import { selected } from "../view/select/selected.ts";
import type { ViewContext } from "../view/view-operation.ts";
import { type ArrangedAxis, arranged } from "./arranged.ts";
import type { GroupPlan } from "./group-plan.ts";
import { typeWithMissing, withMissing } from "./with-missing.ts";

interface GroupOptions {
  readonly plan: GroupPlan;
  readonly context: ViewContext;
}

/** A variable reduced within the groups; undefined where the action means nothing for it. */
export function groupedVariable(
  dataset: Dataset,
  variable: Variable,
  { plan, context }: GroupOptions,
): Variable | undefined {
  if (variable.source.storedOnly !== undefined) return undefined;
  const decoded = decodedVariable(withInheritedUnits(variable, dataset), context);
  const axis = decoded.dims.indexOf(plan.dim);
  const source =
    axis < 0 ? repeated(decoded, { plan, context }) : reducedAlong(decoded, axis, { plan, context });
  if (source === undefined) return undefined;
  const others = decoded.dims.filter((_, at) => at !== axis);
  const isFirst = axis < 0 || !plan.keepsOrder;
  const dims = isFirst
    ? [plan.name, ...others]
    : decoded.dims.map((dim, at) => (at === axis ? plan.name : dim));
  const complete = marked(source, isFirst ? 0 : axis, { plan, context });
  if (complete === undefined) return undefined;
  const { encoding } = variable;
  return {
    name: variable.name,
    dims,
    attrs: resultAttributes(decoded.attrs, { dtype: complete.dtype, isCount: plan.action === "count" }),
    source: complete,
    ...(encoding?.compressor && { encoding: { compressor: encoding.compressor } }),
  };
}

/** A count of times is no time any more; floats say that NaN is missing, and nothing else is. */
export function resultAttributes(
  attrs: Attributes,
  { dtype, isCount }: { readonly dtype: DataType; readonly isCount: boolean },
): Attributes {
  const { _FillValue: _fill, missing_value: _missing, units, calendar, dtype: written, ...rest } = attrs;
  const isTime = typeof units === "string" && / since /.test(units);
  const coding = {
    ...(units !== undefined && { units }),
    ...(calendar !== undefined && { calendar }),
    ...(written !== undefined && { dtype: written }),
  };
  const isLength = typeof written === "string" && written.startsWith("timedelta64");
  const kept = isCount && (isTime || isLength) ? rest : { ...rest, ...coding };
  return dtype.startsWith("float") ? { ...kept, _FillValue: Number.NaN } : kept;
}

/** The new dimension in its place, or before the others. */
function reducedAlong(
  decoded: Variable,
  axis: number,
  { plan, context }: GroupOptions,
): ChunkSource | undefined {
  const source = withinGroups(decoded, axis, { plan, context });
  if (source === undefined || plan.keepsOrder || axis === 0) return source;
  const others = decoded.dims.map((_, at) => at).filter((at) => at !== axis);
  return arranged(
    source,
    [axis, ...others].map((from) => ({ from })),
    context.pool,
  );
}

function withinGroups(
  decoded: Variable,
  axis: number,
  { plan, context }: GroupOptions,
): ChunkSource | undefined {
  const { action, groupOf, count } = plan;
  const { source } = decoded;
  if (!canReduce(decoded, plan)) return undefined;
  if (isNumeric(source.dtype))
    return reduced(source, { action, groups: { axis, groupOf, count }, ...spent(context) });
  if (action === "first" || action === "last") {
    const axes = source.grid.shape.map((_, at) =>
      at === axis ? positionsSelection(edgePositions(plan)) : undefined,
    );
    return selected(source, { axes, pool: context.pool });
  }
  return arranged(
    memberCounts(plan),
    source.grid.shape.map((length, at): ArrangedAxis => (at === axis ? { from: 0 } : { length })),
    context.pool,
  );
}

/** xarray leaves out what is not numeric where it adds up; sums of points in time are none. */
function canReduce(decoded: Variable, { action }: GroupPlan): boolean {
  const { dtype } = decoded.source;
  if (action === "count") return true;
  if (!isNumeric(dtype)) return action === "first" || action === "last";
  if (isTimeVariable(decoded) && ["sum", "std", "var", "median"].includes(action)) return false;
  return resultType(action, dtype) !== undefined;
}

function isNumeric(dtype: DataType): boolean {
  return dtype === "bool" || /^(u?int|float)\d+$/.test(dtype) || isTimeType(dtype);
}

/** Of each group the first or last position; of groups without any, position 0, which is marked as missing then. */
function edgePositions({ action, groupOf, count }: GroupPlan): number[] {
  const positions = new Array<number>(count).fill(-1);
  for (const [at, group] of groupOf.entries()) {
    if (group >= 0 && (action === "last" || positions[group] === -1)) positions[group] = at;
  }
  return positions.map((position) => Math.max(0, position));
}

/** Text is never missing. */
function memberCounts({ groupOf, count }: GroupPlan): ChunkSource {
  const counts = new BigInt64Array(count);
  for (const group of groupOf) if (group >= 0) counts[group] = (counts[group] ?? 0n) + 1n;
  return constantSource({ dtype: "int64", fill: 0n, shape: [count], values: counts });
}

/** A variable without the dimension: reduced over nothing, and the same in every group. */
function repeated(decoded: Variable, { plan, context }: GroupOptions): ChunkSource | undefined {
  const { source } = decoded;
  const own = overNothing(decoded, { plan, context });
  const axes: ArrangedAxis[] = [{ length: plan.count }, ...source.grid.shape.map((_, from) => ({ from }))];
  return own && arranged(own, axes, context.pool);
}

/**
 * xarray leaves arrays as they are, type included, where a mean, a sum, an extreme or a median is taken over none of their
 * dimensions; of scalars it is taken.
 */
function overNothing(decoded: Variable, { plan, context }: GroupOptions): ChunkSource | undefined {
  const { action } = plan;
  const { source, dims } = decoded;
  const isCounted = action === "count" || action === "std" || action === "var";
  if (!isCounted && (dims.length > 0 || !isNumeric(source.dtype) || isTimeVariable(decoded))) return source;
  if (isNumeric(source.dtype) && canReduce(decoded, plan))
    return reduced(source, { action, axes: [], ...spent(context) });
  if (action !== "count") return undefined;
  const one = constantSource({ dtype: "int64", fill: 0n, shape: [], values: BigInt64Array.of(1n) });
  return arranged(
    one,
    source.grid.shape.map((length) => ({ length })),
    context.pool,
  );
}

/** undefined for what cannot be missing. */
function marked(source: ChunkSource, axis: number, { plan, context }: GroupOptions): ChunkSource | undefined {
  const { isEmpty } = plan;
  if (isEmpty === undefined) return source;
  if (typeWithMissing(source.dtype) === undefined) return undefined;
  return withMissing(source, { axis, isMissing: isEmpty, pool: context.pool });
}

/** With what a reduction may be made. */
function spent({ pool, readsMayWait }: ViewContext): Pick<ViewContext, "pool" | "readsMayWait"> {
  return { pool, readsMayWait };
}
