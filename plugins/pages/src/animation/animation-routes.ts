import { hasTrailingSlash, htmlResource, respond, textBelowRoute } from "@zarr-gateway/http";
import type { DatasetEnv, Host, Pictures } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { datasetSegment } from "../address.ts";
import type { Site } from "../site.ts";
import { animationPage } from "./animation-page.ts";
import { animationSteps, filmDimension } from "./animation-steps.ts";
import { missing, parseAnimation } from "./parse-animation.ts";

export interface AnimationServices {
  readonly host: Host;
  readonly pictures: Pictures | undefined;
  readonly site: Site;
}

/** Variable, kind and colours. */
const ROUTE_PARAMETERS = 3;

type DatasetContext = Context<DatasetEnv>;

/** Colours without the plugin that has the tables. */
const VIRIDIS = "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725";
const FORMATS = ["png", "svg", "webp", "gif", "json", "npy"];
const MOVING = new Set(["gif", "webp"]);

export const ANIMATION_OPERATION = {
  summary: "A film of a variable, drawn in the browser; by `?format=` or a suffix a picture of it",
  description:
    "`/plot/tas/image/coolwarm/time/-12_-1/lat/20_73`: times by position, other coordinates by value.",
  tags: ["pictures"],
  answers: { "text/html": {} },
};

/** `P/plot/{variable}/{kind}/{cmap}/{selection…}`. */
export async function answerAnimation(c: DatasetContext, services: AnimationServices): Promise<Response> {
  const { host, pictures, site } = services;
  const { dataset, datasetId } = c.var;
  const asked = segmentsOf(textBelowRoute(c, ROUTE_PARAMETERS));
  const { segments, format } = formatOf(asked, c.req.query("format"));
  const request = parseAnimation(segments);
  const variable = dataset.variables.get(request.variable);
  if (variable === undefined) throw missing(`Variable '${request.variable}' not found in dataset`);
  const stops = pictures === undefined ? VIRIDIS : pictures.colours(request.colours);
  if (stops === undefined) throw missing(`Variable '${request.colours}' not found in colormaps`);
  const film = filmDimension(dataset, variable);
  const { signal } = c.req.raw;
  const view = [datasetId, ...(await animationSteps(dataset, request, { signal }))].join("@");
  if (format !== undefined)
    return c.redirect(pictureUrl(host.baseUrl(c.req.raw), view, { ...request, format, film }), 303);
  const lease = await host.datasets.lease(view, { signal });
  try {
    const text = animationPage({
      id: datasetId,
      view,
      shown: lease.dataset,
      variable: request.variable,
      film,
      colours: { name: request.colours, stops },
      root: "../".repeat(asked.length + 2 + (hasTrailingSlash(c.req.raw) ? 1 : 0)),
      site,
    });
    return await respond(c, htmlResource(text));
  } finally {
    lease.release();
  }
}

interface Picture {
  readonly variable: string;
  readonly kind: string;
  readonly colours: string;
  readonly format: string;
  readonly film: string | undefined;
}

function pictureUrl(base: string, view: string, { variable, kind, colours, format, film }: Picture): string {
  const query = new URLSearchParams({ cmap: colours });
  if (kind === "contourf") query.set("levels", "12");
  if (MOVING.has(format)) query.set("animate", film ?? "time");
  return `${base}/datasets/${datasetSegment(view)}/plot/${encodeURIComponent(variable)}.${format}?${query}`;
}

function formatOf(
  segments: readonly string[],
  asked: string | undefined,
): { readonly segments: readonly string[]; readonly format: string | undefined } {
  if (asked !== undefined && asked !== "html") {
    if (FORMATS.includes(asked)) return { segments, format: asked };
    throw new GatewayError(
      "invalid_request",
      `there is no format "${asked.slice(0, 20)}", expected html, ${FORMATS.join(", ")}`,
    );
  }
  const last = segments.at(-1) ?? "";
  const suffix = FORMATS.find((format) => last.endsWith(`.${format}`));
  if (suffix === undefined) return { segments, format: undefined };
  return { segments: [...segments.slice(0, -1), last.slice(0, -suffix.length - 1)], format: suffix };
}

function segmentsOf(text: string): string[] {
  try {
    return text.replace(/\/$/, "").split("/").map(decodeURIComponent);
  } catch (error) {
    throw new GatewayError("not_found", "the address is not percent-encoded text", {}, error);
  }
}
