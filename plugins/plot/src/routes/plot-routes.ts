import { respond, textBelowRoute } from "@zarr-gateway/http";
import { type DatasetEnv, type DatasetRoutes, datasetRoutes, described } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context, Next } from "hono";
import { isDrawnType, mainVariable } from "../drawable.ts";
import { dimensionsOf } from "../field/choose-dimensions.ts";
import { type Found, findVariable } from "../field/scope.ts";
import { parseRequest } from "../request/parse-request.ts";
import { parseChoice } from "../request/parse-value.ts";
import { FORMATS, type PictureFormat } from "../request/picture-request.ts";
import { meant } from "../request/similar-name.ts";
import { PICTURE_OPERATION, THUMBNAIL_OPERATION } from "./operations.ts";
import { pictureResource } from "./picture-resource.ts";
import { plotPage } from "./plot-page.ts";
import type { PlotServices } from "./plot-services.ts";

type DatasetContext = Context<DatasetEnv>;

/** `P/plot/{variable}[.suffix]` and `P/thumbnail.png`. */
export function plotRoutes(services: PlotServices): DatasetRoutes {
  const routes = datasetRoutes();
  routes.get(
    "/plot/*",
    // a film of the page's own has more segments: another plugin may answer it
    described(PICTURE_OPERATION, (c: DatasetContext, next: Next) => (isFilm(c) ? next() : plot(c, services))),
  );
  routes.get(
    "/thumbnail.png",
    described(THUMBNAIL_OPERATION, (c: DatasetContext) => thumbnail(c, services)),
  );
  return routes;
}

/** `{variable}/{kind}/{cmap}/…` in place of the path of a variable. */
function isFilm(c: DatasetContext): boolean {
  const segments = segmentsOf(textBelowRoute(c));
  const [name = ""] = segments;
  return segments.length >= 3 && !c.var.dataset.groups.has(name);
}

function plot(c: DatasetContext, services: PlotServices): Promise<Response> {
  const { dataset } = c.var;
  const segments = segmentsOf(textBelowRoute(c));
  const query = new URL(c.req.raw.url).searchParams;
  const { found, format } = findPicture(c, segments, query.get("format"));
  if (found.rest.length > 0) throw unknownVariable(c, segments);
  if (format === undefined) return plotPage(c, found, services);
  const names = dimensionsOf(found).map(({ name }) => name);
  const request = parseRequest(query, format, names);
  return respond(c, pictureResource({ dataset, found, request }, services));
}

interface Target {
  readonly found: Found;
  /** undefined: the page. */
  readonly format: PictureFormat | undefined;
}

/** A variable may be called `precip.png`: its own name comes before that of a picture. */
function findPicture(c: DatasetContext, segments: readonly string[], asked: string | null): Target {
  const { dataset } = c.var;
  const format = asked === null || asked === "html" ? undefined : parseChoice("format", asked, FORMATS);
  const exact = findVariable(dataset, segments);
  if (exact && exact.rest.length === 0) return { found: exact, format };
  const last = segments.at(-1) ?? "";
  const suffix = FORMATS.find((known) => last.toLowerCase().endsWith(`.${known}`));
  if (suffix === undefined) {
    if (exact) return { found: exact, format };
    throw unknownVariable(c, segments);
  }
  const named = [...segments.slice(0, -1), last.slice(0, -suffix.length - 1)];
  const found = findVariable(dataset, named);
  if (!found || found.rest.length > 0) throw unknownVariable(c, named);
  return { found, format: format ?? suffix };
}

function segmentsOf(text: string): string[] {
  try {
    return text.replace(/\/$/, "").split("/").map(decodeURIComponent);
  } catch (error) {
    throw new GatewayError("not_found", "the address is not percent-encoded text", {}, error);
  }
}

function unknownVariable(c: DatasetContext, segments: readonly string[]): GatewayError {
  const name = segments.join("/").slice(0, 120);
  const known = [...c.var.dataset.variables.values()]
    .filter(({ source }) => isDrawnType(source.dtype))
    .map((variable) => variable.name);
  return new GatewayError(
    "not_found",
    `dataset "${c.var.datasetId}" has no variable "${name}"${meant(segments.at(-1) ?? "", known)}`,
  );
}

/** What a thumbnail shows beside the field: the coasts. */
const THUMBNAIL = "colorbar=false&ticks=false&title=false&graticule=false";

async function thumbnail(c: DatasetContext, services: PlotServices): Promise<Response> {
  const { dataset, datasetId } = c.var;
  const { description } = await services.descriptions.of(datasetId, dataset, { signal: c.req.raw.signal });
  const main = mainVariable(description);
  const found = main && findVariable(dataset, main.path.split("/"));
  if (!found) throw new GatewayError("not_found", `dataset "${datasetId}" has nothing that can be drawn`);
  const width = new URL(c.req.raw.url).searchParams.get("width") ?? "480";
  const query = new URLSearchParams(`${THUMBNAIL}&robust=true`);
  query.set("width", width);
  const request = parseRequest(
    query,
    "png",
    dimensionsOf(found).map(({ name }) => name),
  );
  return respond(c, pictureResource({ dataset, found, request, isCheap: true }, services));
}
