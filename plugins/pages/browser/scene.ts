import type { ViewerField } from "../src/viewer-field.ts";
import type { ArrayReader, Selection } from "./array-reader.ts";
import {
  axesRaster,
  type CellRaster,
  dotRaster,
  type MapWindow,
  type Places,
  quadRaster,
  type RasterSize,
} from "./cell-raster.ts";
import { formatNumber } from "./labels.ts";

/** Where the values of a field lie in the picture. */
export interface Scene {
  readonly raster: CellRaster;
  readonly window: MapWindow;
  /** True where the axes are degrees of longitude and latitude: then the coast is drawn. */
  readonly isGlobe: boolean;
  readonly note?: string;
  /** Of a cell, in words. */
  placeOf(cell: number): string;
}

export interface SceneOptions {
  readonly width: number;
  readonly bbox: readonly [number, number, number, number] | undefined;
}

/** More cells than this are thinned out. */
const MAX_CELLS = 4_000_000;
const NO_PACKING = {};

/** Every n-th row and column is shown. */
export function thinningOf(field: ViewerField): number {
  const cells = field.dims
    .filter(({ role }) => role !== "choice")
    .reduce((product, { size }) => product * size, 1);
  const isGrid = field.dims.some(({ role }) => role === "y");
  return Math.max(1, Math.ceil(isGrid ? Math.sqrt(cells / MAX_CELLS) : cells / MAX_CELLS));
}

export async function sceneOf(
  field: ViewerField,
  reader: ArrayReader,
  options: SceneOptions,
): Promise<Scene> {
  const step = thinningOf(field);
  const count = (role: string): number =>
    Math.ceil((field.dims.find((dim) => dim.role === role)?.size ?? 1) / step);
  const all: Selection[number] = step === 1 ? null : { step };
  const { geometry } = field;
  switch (geometry.kind) {
    case "axes": {
      const packing = (role: string) =>
        field.dims.find((dim) => dim.role === role)?.coordinate?.packing ?? NO_PACKING;
      const x = await reader.numbers(geometry.x, [all], packing("x"));
      const y = await reader.numbers(geometry.y, [all], packing("y"));
      return axesScene(x, y, geometry.isGlobe, options.width);
    }
    case "curvilinear":
    case "points": {
      const selection = geometry.kind === "points" ? [all] : [all, all];
      const degrees = async (path: string): Promise<Float64Array> => {
        const values = await reader.numbers(path, selection, NO_PACKING);
        return geometry.isRadians ? values.map((value) => (value * 180) / Math.PI) : values;
      };
      const places = {
        longitudes: await degrees(geometry.longitude),
        latitudes: await degrees(geometry.latitude),
      };
      return placesScene(places, geometry.kind === "points" ? undefined : count("x"), options);
    }
    default:
      return indexScene(
        await namedAxis(field, "x", { reader, step }),
        await namedAxis(field, "y", { reader, step }),
        options.width,
      );
  }
}

interface NamedAxis {
  readonly name: string;
  readonly unit?: string | undefined;
  readonly values: Float64Array;
  /** False: the values are positions. */
  readonly isKnown: boolean;
}

async function namedAxis(
  field: ViewerField,
  role: "x" | "y",
  { reader, step }: { readonly reader: ArrayReader; readonly step: number },
): Promise<NamedAxis> {
  const { name = "", size = 1, coordinate } = field.dims.find((dim) => dim.role === role) ?? {};
  if (coordinate?.kind === "number") {
    const values = await reader.numbers(coordinate.path, [step === 1 ? null : { step }], coordinate.packing);
    return { name, unit: coordinate.unit, values, isKnown: true };
  }
  const positions = Float64Array.from({ length: Math.ceil(size / step) }, (_, at) => at * step);
  return { name, values: positions, isKnown: false };
}

/** Rows and columns of one size, the first row on top; coordinates only tell what they are. */
function indexScene(across: NamedAxis, down: NamedAxis, width: number): Scene {
  const positions = ({ values }: NamedAxis): Float64Array => Float64Array.from(values.keys());
  const scene = axesScene(positions(across), positions(down).reverse(), false, width);
  const at = ({ name, unit = "", values }: NamedAxis, position: number): string =>
    `${name} ${formatNumber(values[position] ?? Number.NaN)} ${unit}`.trim();
  const columns = across.values.length;
  return {
    ...scene,
    placeOf: (cell) => `${at(across, cell % columns)}, ${at(down, Math.floor(cell / columns))}`,
    note:
      across.isKnown || down.isKnown
        ? `Across: ${rangeText(across)}. Down: ${rangeText(down)}. Rows and columns are drawn alike, however far apart they lie.`
        : "Nothing says where these values lie: they are shown by row and column.",
  };
}

function rangeText({ name, unit = "", values }: NamedAxis): string {
  const [first, last] = [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
  return `${name}, ${formatNumber(first)} to ${formatNumber(last)} ${unit}`.trim();
}

function axesScene(x: Float64Array, y: Float64Array, isGlobe: boolean, width: number): Scene {
  const [left, right] = isGlobe ? longitudeSpan(x) : span(x);
  const [bottom, top] = span(y, isGlobe ? 90 : Number.POSITIVE_INFINITY);
  const window = { left, right, top, bottom };
  const raster = axesRaster(x, y, window, sizeOf(window, width, isGlobe), isGlobe ? 360 : undefined);
  const placeOf = (cell: number): string => {
    const [atX, atY] = [x[cell % x.length] ?? 0, y[Math.floor(cell / x.length)] ?? 0];
    return isGlobe ? placeText(atX, atY) : `${formatNumber(atX)}, ${formatNumber(atY)}`;
  };
  return { raster, window, isGlobe, placeOf };
}

function placesScene(places: Places, columns: number | undefined, { width, bbox }: SceneOptions): Scene {
  const window = windowOf(places, bbox);
  const size = sizeOf(window, width, true);
  return {
    raster:
      columns === undefined ? dotRaster(places, window, size) : quadRaster(places, columns, window, size),
    window,
    isGlobe: true,
    ...(columns === undefined && { note: "These places belong to no grid: each is a dot." }),
    placeOf: (cell) => placeText(places.longitudes[cell] ?? 0, places.latitudes[cell] ?? 0),
  };
}

/** Half a step beyond the outermost values. */
function span(axis: Float64Array, limit = Number.POSITIVE_INFINITY): [low: number, high: number] {
  const values = axis.filter(Number.isFinite).sort();
  const [low = 0, high = 1] = [values[0], values.at(-1)];
  const half = (high - low) / Math.max(1, values.length - 1) / 2 || 0.5;
  return [Math.max(-limit, low - half), Math.min(limit, high + half)];
}

/** From after the widest gap to before it; the whole globe where no gap is wider than the rest. */
function longitudeSpan(axis: Float64Array): [west: number, east: number] {
  const values = axis
    .filter(Number.isFinite)
    .map((value) => ((value % 360) + 360) % 360)
    .sort();
  const gaps = [...values.keys()].map((at) => (values[at + 1] ?? (values[0] ?? 0) + 360) - (values[at] ?? 0));
  const widest = gaps.indexOf(Math.max(...gaps));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 1;
  if (values.length > 3 && (gaps[widest] ?? 0) <= 2.5 * usual) return [-180, 180];
  const start = values[(widest + 1) % values.length] ?? 0;
  const length = 360 - (gaps[widest] ?? 0);
  const half = values.length > 1 ? length / (values.length - 1) / 2 : 0.5;
  const west = (start > 180 || start + length > 360 ? start - 360 : start) - half;
  return [west, west + length + 2 * half];
}

function windowOf({ longitudes, latitudes }: Places, bbox: SceneOptions["bbox"]): MapWindow {
  const real = latitudes.filter((value) => Math.abs(value) <= 90.001);
  const [bottom, top] = bbox ? [bbox[1], bbox[3]] : extent(real);
  const [west, east] = bbox ? [bbox[0], bbox[2]] : longitudeSpan(longitudes);
  const right = east <= west ? east + 360 : east;
  const isAround = right - west > 350;
  const margin = Math.max(0.25, 0.02 * Math.max(top - bottom, right - west));
  return {
    left: isAround ? -180 : west - margin,
    right: isAround ? 180 : right + margin,
    top: Math.min(90, top + margin),
    bottom: Math.max(-90, bottom - margin),
  };
}

function extent(values: Float64Array): [number, number] {
  let [low, high] = [90, -90];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [-90, 90];
}

/** A degree is as long in both directions in the middle of a region; pictures of the globe are twice as wide as high. */
function sizeOf(window: MapWindow, width: number, isGlobe: boolean): RasterSize {
  const middle = ((window.top + window.bottom) / 2 / 180) * Math.PI;
  const isRegion = isGlobe && window.right - window.left < 120;
  const stretch = isRegion ? 1 / Math.max(0.3, Math.cos(middle)) : 1;
  const ratio = isGlobe
    ? (stretch * (window.top - window.bottom)) / (window.right - window.left)
    : Math.abs((window.top - window.bottom) / (window.right - window.left));
  return { width, height: Math.round(width * Math.min(0.9, Math.max(0.3, ratio))) };
}

function placeText(longitude: number, latitude: number): string {
  const east = ((((longitude + 180) % 360) + 360) % 360) - 180;
  return `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? "S" : "N"}, ${Math.abs(east).toFixed(2)}° ${east < 0 ? "W" : "E"}`;
}
