import { coordinateKind, type Dataset, type Variable } from "@zarr-gateway/dataset";

/** Dimensions of a variable by what lies along them. */
export interface VariableAxes {
  /** Those of latitude and longitude, one or two each. */
  readonly horizontal: readonly string[];
  readonly longitude: string | undefined;
  readonly latitude: string | undefined;
  readonly time: string | undefined;
}

/** From the coordinates that lie on the variable's dimensions. */
export function axesOf(dataset: Dataset, variable: Variable): VariableAxes {
  const places = new Map<string, readonly string[]>();
  for (const other of dataset.variables.values()) {
    const dims = other.dims.filter((dim) => dim !== null);
    const isOn = dims.length > 0 && dims.length <= 2 && dims.every((dim) => variable.dims.includes(dim));
    const kind = isOn ? coordinateKind(other) : undefined;
    if (kind !== undefined && other.name !== variable.name && !places.has(kind)) places.set(kind, dims);
  }
  const alone = (kind: string): string | undefined => {
    const dims = places.get(kind);
    return dims?.length === 1 ? dims[0] : undefined;
  };
  const horizontal = [...new Set([...(places.get("latitude") ?? []), ...(places.get("longitude") ?? [])])];
  return { horizontal, latitude: alone("latitude"), longitude: alone("longitude"), time: alone("time") };
}
