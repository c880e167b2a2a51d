import {
  type AttributeValue,
  coordinateKind,
  type Dataset,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { decodedVariable } from "../decoded/decoded-variable.ts";
import { toNumbers } from "../decoded/number-values.ts";

/** How a variable lies on the globe. */
export type SourceGrid =
  | { readonly kind: "rectilinear"; readonly lat: Variable | undefined; readonly lon: Variable | undefined }
  | { readonly kind: "curvilinear" | "points"; readonly lat: Variable; readonly lon: Variable };

/** Latitudes and longitudes of a dataset, and the grids that its variables have by them. */
export class SourceGrids {
  readonly #latitudes: readonly Variable[];
  readonly #longitudes: readonly Variable[];

  constructor(dataset: Dataset) {
    const ofKind = (kind: string): Variable[] =>
      [...dataset.variables.values()].filter(
        (variable) => !isBounds(variable) && coordinateKind(variable) === kind && variable.dims.length <= 2,
      );
    this.#latitudes = ofKind("latitude");
    this.#longitudes = ofKind("longitude");
  }

  /** True for a dimension along which some coordinate of the globe lies. */
  isHorizontal(dim: string | null): boolean {
    return [...this.#latitudes, ...this.#longitudes].some(({ dims }) => dim !== null && dims.includes(dim));
  }

  isCoordinate(variable: Variable): boolean {
    return this.#latitudes.includes(variable) || this.#longitudes.includes(variable);
  }

  /** undefined for a variable that lies on no grid of the globe. */
  of(variable: Variable): SourceGrid | undefined {
    const fits = ({ dims }: Variable): boolean =>
      dims.length > 0 && dims.every((dim) => variable.dims.includes(dim));
    const [lats, lons] = [this.#latitudes.filter(fits), this.#longitudes.filter(fits)];
    for (const lat of lats) {
      const lon = lons.find(({ dims }) => dims.length === lat.dims.length && sameOrOther(lat, dims));
      if (lon === undefined) continue;
      if (lat.dims.length === 2) return { kind: "curvilinear", lat, lon };
      return lon.dims[0] === lat.dims[0] ? { kind: "points", lat, lon } : { kind: "rectilinear", lat, lon };
    }
    const [lat, lon] = [lats, lons].map((list) => list.find(({ dims }) => dims.length === 1));
    return lat === undefined && lon === undefined ? undefined : { kind: "rectilinear", lat, lon };
  }
}

/** Values of a coordinate in degrees, NaN where missing. */
export async function degreesOf(variable: Variable, options: CallOptions): Promise<Float64Array> {
  const { source } = decodedVariable(variable);
  const numbers = toNumbers(await wholeValues(source, options));
  const factor = isRadians(variable.attrs["units"]) ? 180 / Math.PI : 1;
  return Float64Array.from(numbers, (value) => value * factor);
}

/** Edges of the cells along a coordinate, of which it says where they are; undefined where it does not. */
export function boundsOf(
  variable: Variable,
  dataset: Dataset,
  corners: number | undefined,
): Variable | undefined {
  const name = variable.attrs["bounds"];
  const bounds = typeof name === "string" ? dataset.variables.get(name) : undefined;
  const rank = variable.dims.length;
  if (bounds === undefined || bounds.dims.length !== rank + 1) return undefined;
  if (!variable.dims.every((dim, axis) => bounds.dims[axis] === dim)) return undefined;
  const count = bounds.source.grid.shape[rank] ?? 0;
  if (corners === undefined ? count < 3 : count !== corners) return undefined;
  // bounds have the units of their variable, CF §7.1
  return { ...bounds, attrs: { units: variable.attrs["units"] ?? "degrees", ...bounds.attrs } };
}

function sameOrOther(lat: Variable, dims: readonly (string | null)[]): boolean {
  return lat.dims.length === 1 || dims.every((dim) => lat.dims.includes(dim));
}

function isBounds({ name }: Variable): boolean {
  return /(_bnds|_bounds|_vertices)$/i.test(name);
}

function isRadians(units: AttributeValue | undefined): boolean {
  return typeof units === "string" && /^rad(ians?)?$/i.test(units.trim());
}
