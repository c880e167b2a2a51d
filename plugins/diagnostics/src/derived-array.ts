import { type CoordinateLabels, coordinateLabels, decodedVariable, estimateOf } from "@zarr-gateway/compute";
import {
  type Attributes,
  chunkCounts,
  coordinateNames,
  type Dataset,
  elementCount,
  formatInstant,
  isStringValues,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

/** What one element is in JSON: missing values are null. */
export type Element = number | string | boolean | null;

export interface LabelledAxis {
  readonly name: string;
  readonly dims: readonly string[];
  readonly labels: readonly Element[];
  readonly attrs: Attributes;
}

/** A variable that was read whole, with what its dimensions are called: `DataArray` of xarray. */
export interface DerivedArray {
  readonly name: string;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** In C order. */
  readonly elements: readonly Element[];
  readonly coords: readonly LabelledAxis[];
  readonly attrs: Attributes;
}

/**
 * Reads a small variable with its coordinates.
 * @throws GatewayError too_large above `maxValues`
 */
export async function readArray(
  dataset: Dataset,
  variable: Variable,
  options: CallOptions & { readonly maxValues: number },
): Promise<DerivedArray> {
  const decoded = decodedVariable(variable);
  const { shape } = decoded.source.grid;
  const count = elementCount(shape);
  if (count > options.maxValues) {
    throw new GatewayError(
      "too_large",
      `the result has ${count} values, at most ${options.maxValues} are written as text; read it as Zarr, or select a part`,
    );
  }
  const dims = variable.dims.map((dim, axis) => dim ?? `dim_${axis}`);
  const own = coordinateNames(dataset);
  const coordinates = [...dataset.variables.values()].filter(
    (other) =>
      own.has(other.name) && other.dims.length <= 1 && other.dims.every((dim) => variable.dims.includes(dim)),
  );
  const coords = await Promise.all(coordinates.map((coordinate) => labelledAxis(coordinate, options)));
  const elements = elementsOf(await wholeValues(decoded.source, options));
  const { _FillValue: _fill, coordinates: _listed, ...attrs } = decoded.attrs;
  return { name: variable.name, dims, shape, elements, coords, attrs };
}

/** Bytes of the original that reading the whole variable takes. */
export function bytesToRead({ source }: Variable): number {
  const first = source.grid.shape.map(() => 0);
  const chunks = elementCount(chunkCounts(source.grid));
  return chunks * estimateOf(source, first).bytes;
}

async function labelledAxis(variable: Variable, options: CallOptions): Promise<LabelledAxis> {
  const labels = await coordinateLabels(variable, options);
  const { _FillValue: _fill, ...attrs } = variable.attrs;
  return {
    name: variable.name,
    dims: variable.dims.map((dim) => dim ?? ""),
    labels: printedLabels(labels),
    attrs,
  };
}

function printedLabels(labels: CoordinateLabels): Element[] {
  switch (labels.kind) {
    case "numbers":
      return Array.from(labels.values, (value) => (Number.isFinite(value) ? value : null));
    case "integers":
      return Array.from(labels.values, Number);
    case "strings":
      return [...labels.values];
    case "instants":
      return Array.from(labels.days, (day, at) =>
        Number.isNaN(day)
          ? null
          : formatInstant(labels.calendar, { day, nanoseconds: labels.nanoseconds[at] ?? 0 }),
      );
    default:
      return labels satisfies never;
  }
}

function elementsOf(values: Values): Element[] {
  if (isStringValues(values)) return [...values];
  return Array.from<number | bigint, Element>(values, (value) => {
    const number = Number(value);
    return Number.isFinite(number) ? number : null;
  });
}
