import { GatewayError } from "@zarr-gateway/primitives";
import { colourMap, colourMapNames } from "../colour/colour-map.ts";
import type { ScaleWish } from "../colour/colour-scale.ts";
import { isGeneralName } from "../field/choose-dimensions.ts";
import { PROJECTIONS, type ProjectionName, parseProjection } from "../projection/projections.ts";
import {
  parseChoice,
  parseNumber,
  parseNumbers,
  parseSwitch,
  parseWhole,
  parseWithin,
  wrong,
} from "./parse-value.ts";
import {
  type Animation,
  type Box,
  KINDS,
  type Parts,
  type PictureFormat,
  type PictureRequest,
  type PictureSize,
} from "./picture-request.ts";
import { meant } from "./similar-name.ts";

/** Bounds of what a request may ask for, so that no number in it decides over memory. */
export const PICTURE_LIMITS = { side: 4096, pixels: 8_000_000, levels: 256, frames: 240 } as const;
const DEFAULT_FRAMES = 24;

/** Names with a meaning of their own; all others are dimensions. */
const PARAMETERS = [
  "animate",
  "bbox",
  "borders",
  "center",
  "central_latitude",
  "central_longitude",
  "cmap",
  "coastlines",
  "colorbar",
  "contours",
  "decorations",
  "dpi",
  "format",
  "fps",
  "frames",
  "graticule",
  "height",
  "isel",
  "kind",
  "levels",
  "method",
  "projection",
  "robust",
  "ticks",
  "title",
  "vmax",
  "vmin",
  "width",
  "x",
  "y",
] as const;
type Parameter = (typeof PARAMETERS)[number];

type Given = ReadonlyMap<Parameter, string>;

/**
 * @param dimensions names that a parameter may have beside those above; `sel.name` and `isel.name` are for the others
 * @throws GatewayError invalid_request that names the parameter, what came and what was expected
 */
export function parseRequest(
  query: URLSearchParams,
  format: PictureFormat,
  dimensions: readonly string[],
): PictureRequest {
  const { given, labels, positions } = sorted(query, dimensions);
  const get = (name: Parameter): string | undefined => given.get(name);
  const kind = apply(get("kind"), (text) => parseChoice("kind", text, KINDS));
  const bbox = apply(get("bbox"), parseBox);
  const size = parseSize(given);
  const animation = parseAnimation(given, format);
  const contours = apply(get("contours"), (text) => parseLevels("contours", text));
  const centralLongitude = apply(get("central_longitude"), (text) =>
    parseWithin("central_longitude", text, { min: -360, max: 360 }),
  );
  const centralLatitude = apply(get("central_latitude"), (text) =>
    parseWithin("central_latitude", text, { min: -90, max: 90 }),
  );
  const [x, y] = [get("x"), get("y")];
  return {
    format,
    labels,
    positions,
    isNearest:
      apply(get("method"), (text) => parseChoice("method", text, ["nearest", "exact"])) === "nearest",
    projection: apply(get("projection"), parseProjectionName) ?? "PlateCarree",
    scale: parseScale(given),
    size,
    parts: parseParts(given, format),
    ...(kind && { kind }),
    ...(x !== undefined && { x }),
    ...(y !== undefined && { y }),
    ...(bbox && { bbox }),
    ...(centralLongitude !== undefined && { centralLongitude }),
    ...(centralLatitude !== undefined && { centralLatitude }),
    ...(contours !== undefined && { contours }),
    ...(animation && { animation }),
  };
}

function apply<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}

/** Parameters, labels and positions apart. A name twice would leave open which is meant. */
function sorted(query: URLSearchParams, dimensions: readonly string[]) {
  const given = new Map<Parameter, string>();
  const labels = new Map<string, string>();
  const positions = new Map<string, string>();
  const put = <Key>(map: Map<Key, string>, key: Key, name: string, text: string): void => {
    if (map.has(key))
      throw new GatewayError("invalid_request", `${name} is given twice`, { parameter: name });
    map.set(key, text);
  };
  const isDimension = (name: string): boolean => dimensions.includes(name) || isGeneralName(name);
  for (const [name, text] of query) {
    if (name.startsWith("_")) continue; // left free for who must make addresses differ
    const parameter = PARAMETERS.find((known) => known === name);
    const [, prefix, dim = ""] = /^(sel|isel)\.(.+)$/.exec(name) ?? [];
    if (parameter === "isel")
      for (const [key, value] of positionPairs(text)) put(positions, key, name, value);
    else if (parameter !== undefined) put(given, parameter, name, text);
    else if (prefix === "sel" && isDimension(dim)) put(labels, dim, name, text);
    else if (prefix === "isel" && isDimension(dim)) put(positions, dim, name, text);
    else if (isDimension(name)) put(labels, name, name, text);
    else throw unknownParameter(name, dimensions);
  }
  for (const name of positions.keys())
    if (!isDimension(name)) throw unknownParameter(`isel.${name}`, dimensions);
  return { given, labels: Object.fromEntries(labels), positions: Object.fromEntries(positions) };
}

/** `time:-1,level:3`, also with `=`. */
function positionPairs(text: string): [string, string][] {
  return text.split(",", 32).map((part) => {
    const [, dim, position] = /^\s*([^:=]+)\s*[:=]\s*(.+)$/.exec(part) ?? [];
    if (dim === undefined || position === undefined)
      throw wrong("isel", text, "positions such as time:-1,level:0");
    return [dim.trim(), position.trim()];
  });
}

function unknownParameter(name: string, dimensions: readonly string[]): GatewayError {
  const plain = name.replace(/^i?sel\./, "");
  const known = dimensions.length === 0 ? "none" : dimensions.map((dim) => `"${dim}"`).join(", ");
  return new GatewayError(
    "invalid_request",
    `"${name.slice(0, 80)}" is neither a parameter of pictures nor a dimension of the variable (${known})${meant(plain, [...PARAMETERS, ...dimensions])}`,
    { parameter: name.slice(0, 80) },
  );
}

function parseBox(text: string): Box {
  const expected = "west,south,east,north in degrees; west > east crosses the antimeridian";
  const parts = text.split(",");
  if (parts.length !== 4) throw wrong("bbox", text, expected);
  const [west, south, east, north] = parts.map((part) => parseNumber("bbox", part, expected)) as [
    number,
    number,
    number,
    number,
  ]; // four parts
  const isPlace = [west, east].every((value) => value >= -360 && value <= 360) && south >= -90 && north <= 90;
  if (!isPlace || !(south < north) || west === east || east - west > 360)
    throw wrong(
      "bbox",
      text,
      `${expected}; longitudes from -360 to 360, latitudes from -90 to 90, south below north`,
    );
  return [west, south, east, north];
}

function parseProjectionName(text: string): ProjectionName {
  const name = parseProjection(text);
  if (name === undefined)
    throw wrong("projection", text, `one of ${PROJECTIONS.join(", ")}${meant(text, PROJECTIONS)}`);
  return name;
}

function parseScale(given: Given): ScaleWish {
  const cmap = apply(given.get("cmap"), parseColourMap);
  const vmin = apply(given.get("vmin"), (text) => parseNumber("vmin", text));
  const vmax = apply(given.get("vmax"), (text) => parseNumber("vmax", text));
  if (vmin !== undefined && vmax !== undefined && vmin >= vmax)
    throw wrong("vmin", given.get("vmin") ?? "", `less than vmax=${vmax}`);
  const center = apply(given.get("center"), (text) =>
    /^(false|no|off)$/i.test(text.trim()) ? false : parseNumber("center", text, "a number, or false"),
  );
  const levels = apply(given.get("levels"), (text) => parseLevels("levels", text));
  return {
    robust: parseSwitch("robust", given.get("robust") ?? "false"),
    ...(cmap !== undefined && { cmap }),
    ...(vmin !== undefined && { vmin }),
    ...(vmax !== undefined && { vmax }),
    ...(center !== undefined && { center }),
    ...(levels !== undefined && { levels }),
  };
}

function parseColourMap(text: string): string {
  const name = text.trim();
  if (colourMap(name) !== undefined) return name;
  throw wrong(
    "cmap",
    text,
    `a colour map of matplotlib or cmocean${meant(name.replace(/_r$/, ""), colourMapNames())}`,
  );
}

/** One whole number: how many; several: at which values. */
function parseLevels(name: string, text: string): number | number[] {
  const limit = PICTURE_LIMITS.levels;
  if (!text.includes(",")) {
    if (name === "contours" && /^(true|on|yes|)$/i.test(text.trim())) return 10;
    return parseWhole(name, text, { min: 2, max: limit });
  }
  const levels = parseNumbers(name, text, limit);
  if (levels.some((level, at) => at > 0 && level <= (levels[at - 1] ?? 0)))
    throw wrong(name, text, "numbers that rise");
  return levels;
}

function parseSize(given: Given): PictureSize {
  const side = { min: 16, max: PICTURE_LIMITS.side };
  const width = apply(given.get("width"), (text) => parseWhole("width", text, side));
  const height = apply(given.get("height"), (text) => parseWhole("height", text, side));
  const dpi = apply(given.get("dpi"), (text) => parseWithin("dpi", text, { min: 20, max: 600 })) ?? 100;
  const usual = Math.min(PICTURE_LIMITS.side, Math.round(9.6 * dpi));
  const size = { width: width ?? usual, ...(height !== undefined && { height }), dpi };
  const pixels = size.width * (height ?? size.width);
  if (pixels > 2 * PICTURE_LIMITS.pixels)
    throw wrong("width", String(size.width), `at most ${2 * PICTURE_LIMITS.pixels} pixels in all`);
  return size;
}

const PART_NAMES = ["colorbar", "ticks", "coastlines", "borders", "graticule"] as const;

function parseParts(given: Given, format: PictureFormat): Parts {
  const all = parseSwitch("decorations", given.get("decorations") ?? "true");
  const title = given.get("title");
  const isOn = (name: (typeof PART_NAMES)[number], usual: boolean): boolean => {
    const text = given.get(name);
    return all && (text === undefined ? usual : parseSwitch(name, text));
  };
  return {
    // frames of GIF files hide what lies under them
    paper: all || format === "gif",
    title:
      all &&
      (title === undefined ? true : title.trim() === "" || title === "false" ? false : title.slice(0, 300)),
    colorbar: isOn("colorbar", true),
    ticks: isOn("ticks", true),
    coastlines: isOn("coastlines", true),
    borders: isOn("borders", false),
    graticule: isOn("graticule", true),
  };
}

function parseAnimation(given: Given, format: PictureFormat): Animation | undefined {
  const dimension = given.get("animate");
  const frames = apply(given.get("frames"), (text) =>
    parseWhole("frames", text, { min: 1, max: PICTURE_LIMITS.frames }),
  );
  const framesPerSecond = apply(given.get("fps"), (text) => parseWithin("fps", text, { min: 0.1, max: 50 }));
  const isAsked = dimension !== undefined || frames !== undefined || framesPerSecond !== undefined;
  if (format !== "gif" && !(format === "webp" && isAsked)) {
    if (isAsked) throw wrong("animate", dimension ?? "", "a picture that moves: .gif or .webp");
    return undefined;
  }
  return {
    frames: frames ?? DEFAULT_FRAMES,
    framesPerSecond: framesPerSecond ?? 6,
    ...(dimension !== undefined && dimension !== "" && { dimension }),
  };
}
