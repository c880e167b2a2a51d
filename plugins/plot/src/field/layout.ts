import { coordinateKind } from "@zarr-gateway/dataset";
import { type GridPlane, gridPlaneOf } from "../projection/grid-mapping.ts";
import { coordinateOf, type Placed, type Scope, textOf } from "./scope.ts";

/** How a variable lies on the ground, and which of its dimensions do. */
export type Layout =
  /** Two axes on a plane: degrees, or what a grid mapping says. */
  | {
      readonly kind: "axes";
      readonly xDim: string;
      readonly yDim: string;
      readonly x: Placed;
      readonly y: Placed;
      readonly plane: GridPlane;
    }
  /** Longitudes and latitudes of two dimensions. */
  | {
      readonly kind: "curvilinear";
      readonly xDim: string;
      readonly yDim: string;
      readonly longitude: Placed;
      readonly latitude: Placed;
    }
  /** Places in a row; of one dimension, or of the faces of a cube. */
  | {
      readonly kind: "cells";
      readonly dims: readonly string[];
      readonly longitude: Placed;
      readonly latitude: Placed;
    };

/** undefined: nothing says where the values lie. */
export function layoutOf({ variable }: Placed, scope: Scope): Layout | undefined {
  const dims = variable.dims.filter((dim) => dim !== null);
  const coordinates = dims.map((dim) => ({ dim, placed: coordinateOf(dim, scope) }));
  const axis = (kind: string) =>
    coordinates.find(({ placed }) => placed && coordinateKind(placed.variable) === kind);
  const [longitude, latitude] = [axis("longitude"), axis("latitude")];
  if (longitude?.placed && latitude?.placed && longitude.dim !== latitude.dim) {
    const axes = { x: longitude.placed, y: latitude.placed, xDim: longitude.dim, yDim: latitude.dim };
    return { kind: "axes", ...axes, plane: { kind: "geographic" } };
  }
  const [x, y] = [axis("projected_x"), axis("projected_y")];
  if (x?.placed && y?.placed && x.dim !== y.dim) {
    const plane = planeOf(variable, scope, x.placed);
    if (plane) return { kind: "axes", x: x.placed, y: y.placed, xDim: x.dim, yDim: y.dim, plane };
  }
  return placesOf({ variable, dims }, scope);
}

function planeOf(variable: Placed["variable"], scope: Scope, x: Placed): GridPlane | undefined {
  const named = textOf(variable, "grid_mapping")?.split(/[:\s]/)[0];
  const mapping = named === undefined ? undefined : scope.get(named);
  const plane = mapping && gridPlaneOf(mapping.variable.attrs, textOf(x.variable, "units"));
  return plane?.kind === "geographic" ? undefined : plane;
}

/** Longitudes and latitudes along dimensions of the variable; those that it names come first. */
function placesOf(
  { variable, dims }: { readonly variable: Placed["variable"]; readonly dims: readonly string[] },
  scope: Scope,
): Layout | undefined {
  const named = (textOf(variable, "coordinates") ?? "").split(/\s+/);
  const rank = (placed: Placed): number =>
    (named.includes(placed.variable.name) ? 4 : 0) + Math.min(3, placed.variable.dims.length);
  const candidates = [...scope.values()]
    .filter((placed) => placed.variable.dims.length > 0 && placed.variable !== variable)
    .filter((placed) => placed.variable.dims.every((dim) => dim !== null && dims.includes(dim)))
    .toSorted((a, b) => rank(b) - rank(a));
  for (const longitude of candidates) {
    if (coordinateKind(longitude.variable) !== "longitude") continue;
    const latitude = candidates.find(
      (other) =>
        coordinateKind(other.variable) === "latitude" &&
        other.variable.dims.join() === longitude.variable.dims.join(),
    );
    if (latitude) return placedLayout(longitude, latitude);
  }
  return undefined;
}

function placedLayout(longitude: Placed, latitude: Placed): Layout {
  const dims = longitude.variable.dims.filter((dim) => dim !== null);
  const [yDim = "", xDim = ""] = dims;
  if (dims.length === 2) return { kind: "curvilinear", xDim, yDim, longitude, latitude };
  return { kind: "cells", dims, longitude, latitude };
}
