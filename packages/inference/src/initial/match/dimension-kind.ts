import {
  type CoordinateKind,
  coordinateKind,
  type Dataset,
  isTimeType,
  leadUnit,
  type Variable,
} from "@zarr-gateway/dataset";

/** What a dimension of an analysis is, by its coordinate. `lead` is a length of time since an initial time. */
export type DimensionKind = CoordinateKind | "lead";

const VERTICAL_NAME =
  /^(p?lev(el)?s?|(air_|isobaric_?)?pressure(_levels?)?|isobaricInhPa|hybrid|model_level|height|altitude|depth)$/i;

/** The coordinate along a dimension: named like it, else the only one along it alone that says what it is. */
export function coordinateAlong(dataset: Dataset, dim: string): Variable | undefined {
  const named = dataset.variables.get(dim);
  if (named?.dims.length === 1 && named.dims[0] === dim) return named;
  const others = [...dataset.variables.values()].filter(
    (one) => one.dims.length === 1 && one.dims[0] === dim && kindOf(one) !== undefined,
  );
  return others.length === 1 ? others[0] : undefined;
}

/** Of levels also by name: many files say nothing else of them. */
export function dimensionKind(dataset: Dataset, dim: string): DimensionKind | undefined {
  const coordinate = coordinateAlong(dataset, dim);
  const kind = coordinate && kindOf(coordinate);
  return kind ?? (VERTICAL_NAME.test(dim) ? "vertical" : undefined);
}

export function kindOf(coordinate: Variable): DimensionKind | undefined {
  return isLead(coordinate) ? "lead" : coordinateKind(coordinate);
}

/** Coordinates without a dimension: what is left of one along which a single place was taken. */
export function scalarsOfKind(dataset: Dataset, kind: DimensionKind): Variable[] {
  return [...dataset.variables.values()].filter((one) => one.dims.length === 0 && kindOf(one) === kind);
}

/** True where a variable has levels, several or a single one. */
export function isVertical(dataset: Dataset, { dims }: Variable): boolean {
  return dims.some((dim) => dim !== null && dimensionKind(dataset, dim) === "vertical");
}

function isLead(coordinate: Variable): boolean {
  const { attrs, source, name } = coordinate;
  const isLength = isTimeType(source.dtype) && source.dtype.startsWith("timedelta64");
  const isNamed =
    attrs["standard_name"] === "forecast_period" ||
    /^(lead_?time|step|prediction_timedelta|forecast_period)$/i.test(name);
  return isNamed && (isLength || leadUnit(coordinate, "standard") !== undefined);
}

/** What an axis of a model is, by its name alone: that is all that a package says. */
export function kindOfAxis(name: string): DimensionKind | undefined {
  if (/^lat(itude)?$/i.test(name)) return "latitude";
  if (/^lon(gitude)?$/i.test(name)) return "longitude";
  if (/^(x|rlon)$/i.test(name)) return "projected_x";
  return /^(y|rlat)$/i.test(name) ? "projected_y" : undefined;
}
