import type { BoundingBox } from "@zarr-gateway/dataset";
import { type Html, html } from "./html.ts";

/** Units of the outline per degree; see browser/build.ts. */
const UNITS = 10;
/** A box smaller than this is hard to see: it gets a ring around it. */
const SMALL_DEGREES = 6;

/**
 * A map of the world with a box on it, in longitudes and latitudes. The outline of land is a file of its own, which the
 * browser keeps for all maps.
 * @param root from the page to the server's root
 */
export function extentMap(bbox: BoundingBox | undefined, root: string): Html {
  const label = bbox === undefined ? "Nothing says where this is" : `Map: ${extentText(bbox)}`;
  return html`<svg class="map" viewBox="0 0 3600 1800" role="img" aria-label="${label}">
<use class="land" href="${root}pages/world.svg#land"/>
${bbox && boxes(bbox)}</svg>`;
}

/** `35.0° N to 70.0° N, 10.0° W to 40.0° E`; nearly to the poles and all around is the whole Earth. */
export function extentText([west, south, east, north]: BoundingBox): string {
  const latitudes = south === north ? latitude(south) : `${latitude(south)} to ${latitude(north)}`;
  if (west === -180 && east === 180)
    return south <= -85 && north >= 85 ? "the whole Earth" : `${latitudes}, all longitudes`;
  return `${latitudes}, ${west === east ? longitude(west) : `${longitude(west)} to ${longitude(east)}`}`;
}

/** Two boxes where one would cross the antimeridian. */
function boxes([west, south, east, north]: BoundingBox): Html {
  const spans = west > east ? [[west, 180] as const, [-180, east] as const] : [[west, east] as const];
  const width = west > east ? 360 + east - west : east - west;
  const rects = spans.map(
    ([from, to]) =>
      html`<rect class="box" x="${units(from + 180)}" y="${units(90 - north)}" width="${length(to - from)}" height="${length(north - south)}"/>\n`,
  );
  const isSmall = width < SMALL_DEGREES && north - south < SMALL_DEGREES;
  const middle = west + width / 2;
  const ring = html`<circle class="ring" cx="${units((middle + 540) % 360)}" cy="${units(90 - (south + north) / 2)}" r="60"/>\n`;
  return html`${rects}${isSmall ? ring : undefined}`;
}

/** A place or a line would not be seen. */
function length(degrees: number): string {
  return String(Math.max(8, Math.round(degrees * UNITS)));
}

function units(degrees: number): string {
  return String(Math.round(degrees * UNITS));
}

function latitude(value: number): string {
  return `${Math.abs(value).toFixed(1)}°\u00a0${value < 0 ? "S" : "N"}`;
}

function longitude(value: number): string {
  return `${Math.abs(value).toFixed(1)}°\u00a0${value < 0 ? "W" : "E"}`;
}
