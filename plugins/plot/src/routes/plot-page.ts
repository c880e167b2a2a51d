import { htmlResource, respond } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import type { Context } from "hono";
import { type Dimension, dimensionsOf } from "../field/choose-dimensions.ts";
import type { Found } from "../field/scope.ts";
import { PROJECTIONS } from "../projection/projections.ts";
import { PICTURE_LIMITS, parseRequest } from "../request/parse-request.ts";
import { escaped } from "./escaped.ts";
import { oembedLink } from "./oembed.ts";
import { nameOf } from "./picture-texts.ts";
import type { PlotServices } from "./plot-services.ts";

/** What the page loads comes from here, and nothing in it runs. */
const SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const MAPS = [
  "viridis",
  "plasma",
  "cividis",
  "turbo",
  "RdBu_r",
  "RdYlBu_r",
  "coolwarm",
  "Spectral_r",
  "YlGnBu",
  "thermal",
  "haline",
  "ice",
  "deep",
  "rain",
  "balance",
  "topo",
];
const MAX_QUERY = 2000;

/** The picture of a variable, what can be changed about it, and where it is found in other forms. Needs no script. */
export async function plotPage(
  c: Context<DatasetEnv>,
  found: Found,
  { host }: PlotServices,
): Promise<Response> {
  const url = new URL(c.req.raw.url);
  const query = cleaned(url.searchParams);
  const dimensions = dimensionsOf(found);
  parseRequest(
    query,
    "png",
    dimensions.map(({ name }) => name),
  ); // what is wrong is told here, not in a broken picture
  const base = `${host.baseUrl(c.req.raw)}/datasets/${encodeURIComponent(c.var.datasetId)}`;
  const path = `plot/${found.path.split("/").map(encodeURIComponent).join("/")}`;
  const text = page({
    title: nameOf({ found }),
    id: c.var.datasetId,
    address: `${base}/${path}`,
    dataset: base,
    root: host.baseUrl(c.req.raw),
    query,
    dimensions,
  });
  const response = await respond(c, htmlResource(text));
  response.headers.set("Content-Security-Policy", SECURITY_POLICY);
  return response;
}

/** Without what is empty: forms send all their fields. */
function cleaned(query: URLSearchParams): URLSearchParams {
  const kept = [...query].filter(([name, value]) => value !== "" && name !== "format");
  const text = new URLSearchParams(kept);
  return text.toString().length > MAX_QUERY ? new URLSearchParams() : text;
}

interface Page {
  readonly title: string;
  readonly id: string;
  /** Of the page and, with a suffix, of its pictures. */
  readonly address: string;
  readonly dataset: string;
  readonly root: string;
  readonly query: URLSearchParams;
  readonly dimensions: readonly Dimension[];
}

function page(about: Page): string {
  const { title, id, address, query } = about;
  const asked = query.size === 0 ? "" : `?${query.toString()}`;
  const image = `${address}.png${asked}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} (${escaped(id)})</title>
<link rel="stylesheet" href="${escaped(about.root)}/plot/style.css">
<meta property="og:type" content="website">
<meta property="og:title" content="${escaped(title)}">
<meta property="og:description" content="${escaped(`${title} of the dataset ${id}`)}">
<meta property="og:url" content="${escaped(`${address}${asked}`)}">
<meta property="og:image" content="${escaped(image)}">
<meta property="og:image:type" content="image/png">
<meta property="og:image:alt" content="${escaped(title)}">
<meta name="twitter:card" content="summary_large_image">
${oembedLink(about.root, `${address}${asked}`, title)}
</head>
<body>
<header><nav aria-label="where this is"><a href="${escaped(`${about.dataset}/`)}">${escaped(id)}</a></nav>
<h1>${escaped(title)}</h1></header>
<main>
<figure><a href="${escaped(image)}"><img src="${escaped(image)}" alt="${escaped(`${title}, drawn as the form below says`)}"></a></figure>
${form(about)}
<h2>Other forms</h2>
<ul class="forms">${(["png", "svg", "webp", "gif", "json", "npy"] as const).map((suffix) => `<li><a href="${escaped(`${address}.${suffix}${asked}`)}">.${suffix}</a></li>`).join("")}</ul>
<h2>Embed it</h2>
<pre tabindex="0">${escaped(`![${title}](${image})`)}</pre>
</main>
</body>
</html>
`;
}

function form({ query, dimensions, address }: Page): string {
  const value = (name: string): string => escaped(query.get(name) ?? "");
  const input = (name: string, label: string, hint = ""): string =>
    `<label><span>${escaped(label)}</span><input name="${escaped(name)}" value="${value(name)}" placeholder="${escaped(hint)}"></label>`;
  const select = (name: string, label: string, choices: readonly string[]): string =>
    `<label><span>${label}</span><select name="${name}"><option value="">usual</option>${choices.map((choice) => `<option${query.get(name) === choice ? " selected" : ""}>${escaped(choice)}</option>`).join("")}</select></label>`;
  const asked = query.get("cmap");
  const maps = asked === null || MAPS.includes(asked) ? MAPS : [asked, ...MAPS];
  const shown = new Set([
    "projection",
    "cmap",
    "vmin",
    "vmax",
    "levels",
    "contours",
    "bbox",
    "width",
    ...dimensions.map(({ name }) => name),
  ]);
  const hidden = [...query]
    .filter(([name]) => !shown.has(name))
    .map(([name, text]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(text)}">`);
  return `<form action="${escaped(address)}" method="get">
${dimensions.map(({ name, size }) => input(name, name, `label of ${size}`)).join("\n")}
${select("projection", "projection", PROJECTIONS)}
${select("cmap", "colours", maps)}
${input("vmin", "lowest")}${input("vmax", "highest")}${input("levels", "levels", `2 to ${PICTURE_LIMITS.levels}`)}${input("contours", "contours")}
${input("bbox", "west,south,east,north")}${input("width", "width in pixels", "960")}
${hidden.join("")}<button>draw</button>
</form>`;
}
