import { type CoordinateKind, coordinateKind, isLeadTime } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { PictureKind, PictureRequest } from "../request/picture-request.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { coordinateOf, type Found } from "./scope.ts";

/** A dimension of the variable, and what it measures. */
export interface Dimension {
  readonly name: string;
  readonly size: number;
  readonly kind: CoordinateKind | undefined;
  /** True for times since the initial time of a forecast. */
  readonly isLead: boolean;
}

/** Which dimensions are drawn: rows before columns. The others have one position each. */
export interface Drawing {
  readonly dims: readonly string[];
  readonly shape: { readonly kind: "map"; readonly layout: Layout } | { readonly kind: "plane" | "line" };
}

export function dimensionsOf({ variable, scope }: Pick<Found, "variable" | "scope">): Dimension[] {
  return variable.dims.map((dim, axis) => {
    const coordinate = dim === null ? undefined : coordinateOf(dim, scope);
    return {
      name: dim ?? `dim_${axis}`,
      size: variable.source.grid.shape[axis] ?? 0,
      kind: coordinate && coordinateKind(coordinate.variable),
      isLead: coordinate !== undefined && isLeadTime(coordinate.variable),
    };
  });
}

const GENERAL_NAMES: Readonly<Record<string, CoordinateKind>> = {
  time: "time",
  level: "vertical",
  lat: "latitude",
  lon: "longitude",
};

/** True for names that mean a dimension by what it measures. */
export function isGeneralName(name: string): boolean {
  return Object.hasOwn(GENERAL_NAMES, name);
}

/** The dimension of a name; `time`, `level`, `lat`, `lon` mean the one that is a time, a height, … where none is called so. */
export function namedDimension(name: string, dimensions: readonly Dimension[]): Dimension | undefined {
  const exact = dimensions.find((dimension) => dimension.name === name);
  const kind = isGeneralName(name) ? GENERAL_NAMES[name] : undefined;
  return exact ?? (kind && dimensions.find((dimension) => dimension.kind === kind));
}

export interface Asked extends Found {
  readonly wish: Wish;
}

type Wish = Pick<PictureRequest, "kind" | "x" | "y" | "labels" | "positions">;

/**
 * What a request draws of a variable. A map, where the variable lies on the ground and no position there is asked; else
 * a section, or a line where one dimension is left.
 * @throws GatewayError invalid_request where the dimensions do not allow what is asked
 */
export function chooseDimensions(found: Asked): Drawing {
  const { wish } = found;
  const dimensions = dimensionsOf(found);
  checkNames(found, dimensions);
  const fixed = new Set(
    [...Object.keys(wish.labels), ...Object.keys(wish.positions)]
      .filter((name) => !(wish.positions[name] ?? "").includes(":"))
      .map((name) => namedDimension(name, dimensions)?.name),
  );
  const free = dimensions.filter(({ name }) => !fixed.has(name));
  const layout = layoutOf(found, found.scope);
  const ground = layout === undefined ? [] : groundDims(layout);
  const isOnGround = ground.length > 0 && ground.every((dim) => free.some(({ name }) => name === dim));
  const wantsAxes = wish.x !== undefined || wish.y !== undefined;
  if (wish.kind === "map" || (wish.kind === undefined && isOnGround && !wantsAxes)) {
    if (!layout || !isOnGround) throw noMap(found, dimensions, layout);
    return { dims: ground, shape: { kind: "map", layout } };
  }
  return chooseAxes(found, wish, free);
}

function groundDims(layout: Layout): readonly string[] {
  return layout.kind === "cells" ? layout.dims : [layout.yDim, layout.xDim];
}

function chooseAxes({ path }: Found, wish: Wish, free: readonly Dimension[]): Drawing {
  const long = free.filter(({ size }) => size > 1);
  const asked = (name: "x" | "y"): Dimension | undefined => {
    const text = wish[name];
    if (text === undefined) return undefined;
    const dimension = namedDimension(text, free);
    if (dimension) return dimension;
    const choices = free.map((choice) => choice.name).join(", ");
    throw new GatewayError("invalid_request", `${name}=${text.slice(0, 80)}: expected one of ${choices}`);
  };
  const [x, y] = [asked("x"), asked("y")];
  if (x !== undefined && x === y) throw new GatewayError("invalid_request", `x and y are both "${x.name}"`);
  const isLine = wish.kind === "line" || (wish.kind === undefined && y === undefined && long.length <= 1);
  if (isLine) {
    const along = x ?? y ?? long.find(({ kind }) => kind === "time") ?? long.at(-1) ?? free.at(-1);
    if (along === undefined || along.size === 0) throw nothingLeft(path);
    return { dims: [along.name], shape: { kind: "line" } };
  }
  const others = long.filter((dimension) => dimension !== x && dimension !== y);
  const pair = completed(wish.kind, { x, y }, others);
  if (pair === undefined) throw nothingLeft(path);
  return { dims: [pair.y.name, pair.x.name], shape: { kind: "plane" } };
}

interface Axes<Value> {
  readonly x: Value;
  readonly y: Value;
}

/** Height and time have their usual places: height upwards, time to the right unless longitudes are. */
function completed(
  kind: PictureKind | undefined,
  { x, y }: Axes<Dimension | undefined>,
  others: readonly Dimension[],
): Axes<Dimension> | undefined {
  const take = (...kinds: CoordinateKind[]): Dimension | undefined =>
    kinds
      .map((wanted) =>
        others.find((dimension) => dimension.kind === wanted && dimension !== x && dimension !== y),
      )
      .find((dimension) => dimension !== undefined);
  if (x && y) return { x, y };
  if (x || y) {
    const other = take("vertical", "latitude", "projected_y", "longitude", "time") ?? others.at(-1);
    return other && (x ? { x, y: other } : { x: other, y: y ?? other });
  }
  const time = kind === "hovmoller" ? take("time") : undefined;
  if (time) {
    const place = take("latitude", "vertical", "projected_y");
    if (place) return { x: time, y: place };
    const along = take("longitude", "projected_x") ?? others.find((dimension) => dimension !== time);
    return along && { x: along, y: time };
  }
  const height = kind === "image" ? undefined : take("vertical");
  if (height) {
    const along =
      take("latitude", "longitude", "projected_y", "projected_x", "time") ??
      others.find((dimension) => dimension !== height);
    return along && { x: along, y: height };
  }
  const [first, second] = others.slice(-2);
  if (!first || !second) return undefined;
  const isTimeFirst = first.kind === "time" && second.kind !== "longitude" && second.kind !== "projected_x";
  return isTimeFirst ? { x: first, y: second } : { x: second, y: first };
}

function checkNames({ path, variable }: Found, dimensions: readonly Dimension[]): void {
  const names = dimensions.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    throw new GatewayError(
      "invalid_request",
      `"${path}" has a dimension twice (${names.join(", ")}): it cannot be drawn`,
    );
  const { shape } = variable.source.grid;
  if (shape.length === 0 || shape.includes(0))
    throw new GatewayError(
      "invalid_request",
      `"${path}" has ${shape.length === 0 ? "one value" : "no values"}: there is nothing to draw`,
    );
}

function noMap({ path }: Found, dimensions: readonly Dimension[], layout: Layout | undefined): GatewayError {
  const names = dimensions.map(({ name }) => name).join(", ");
  const reason = layout
    ? "a position is asked along a dimension that a map needs"
    : "no longitudes and latitudes belong to its dimensions";
  return new GatewayError("invalid_request", `"${path}" (${names}) cannot be drawn as a map: ${reason}`);
}

function nothingLeft(path: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `"${path}": fewer dimensions are left than the kind of picture needs`,
  );
}
