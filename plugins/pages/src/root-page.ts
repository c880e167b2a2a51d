import type { DatasetSummary } from "@zarr-gateway/plugin";
import { extentMap, extentText } from "./extent-map.ts";
import { type Html, html, page, shortened } from "./html.ts";
import {
  FACETS,
  type Facet,
  type Found,
  formatQuery,
  type ListingQuery,
  PAGE_SIZE,
} from "./listing-query.ts";
import { formatBytes, formatPeriod } from "./sizes.ts";

export interface RootPage {
  readonly title: string;
  readonly baseUrl: string;
  readonly found: Found;
  /** Of all datasets that may be seen. */
  readonly count: number;
  /** Datasets that were not looked at yet. */
  readonly unknown: number;
  /** Further documents of the server, `["stac", "STAC API"]`. */
  readonly links: readonly (readonly [href: string, text: string])[];
}

const FACET_TITLES: Readonly<Record<Facet, string>> = {
  variable: "Variables",
  format: "Format",
  grid: "Grid",
  keyword: "Keywords",
};
const MAX_TITLE = 200;
const MAX_NAMES = 8;

/** `/`: what is served here. */
export function rootPage(options: RootPage): string {
  const { title, baseUrl, found, links } = options;
  const { query } = found;
  const first = found.shown.find(({ failure }) => failure === undefined)?.id;
  return page({
    title,
    root: "",
    script: "root.js",
    body: html`<header class="top intro">
<div><div class="brand"><img src="pages/icon.svg" alt=""><h1>${title}</h1></div>
<p class="lead">${options.count === 1 ? "One dataset" : `${options.count} datasets`}, each a Zarr store that opens by its address.</p></div>
${
  first === undefined
    ? undefined
    : html`<pre data-snippet="xarray" tabindex="0" aria-label="Python">import xarray as xr
ds = xr.open_dataset("${baseUrl}/datasets/${encodeURIComponent(first)}.zarr")</pre>`
}
</header>
<main>
<form role="search" method="get" action="./" class="search">
<label class="wide"><span>Search</span><input type="search" name="q" value="${query.q}" placeholder="name, variable, keyword" autocomplete="off"></label>
<label><span>From</span><input name="since" value="${query.since}" placeholder="1850" size="10" inputmode="numeric" pattern="[0-9]{4,6}(-[0-9]{2}){0,2}" title="a year or a date, 2001 or 2001-05-13"></label>
<label><span>To</span><input name="until" value="${query.until}" placeholder="2100" size="10" inputmode="numeric" pattern="[0-9]{4,6}(-[0-9]{2}){0,2}" title="a year or a date, 2001 or 2001-05-13"></label>
${FACETS.map((facet) => (query[facet] === "" ? undefined : html`<input type="hidden" name="${facet}" value="${query[facet]}">\n`))}<button>Search</button>
</form>
<div class="columns">
${facets(found)}
${results(options)}
</div>
</main>
<footer>${links.map(([href, text]) => html`<a href="${href}">${text}</a>\n`)}</footer>`,
  });
}

function facets({ facets: counts, query }: Found): Html {
  const groups = FACETS.map((facet) => {
    const values = counts[facet];
    const chosen = query[facet];
    if (values.length === 0 && chosen === "") return undefined;
    const listed =
      chosen === "" ? values : [[chosen, values.find(([value]) => value === chosen)?.[1] ?? 0] as const];
    const items = listed.map(([value, count]) => {
      const isChosen = value === chosen;
      const href = `./${formatQuery({ ...query, page: 1, [facet]: isChosen ? "" : value })}`;
      return html`<li><a href="${href}"${isChosen ? html` aria-current="true"` : undefined}>${shortened(value, 60)}<span class="count">${isChosen ? "✕" : count}</span></a></li>\n`;
    });
    return html`<h2>${FACET_TITLES[facet]}</h2>\n<ul>\n${items}</ul>\n`;
  });
  return html`<nav id="facets" aria-label="narrow down">\n${groups}</nav>`;
}

function results({ found, unknown }: RootPage): Html {
  const { total, shown, query, pages } = found;
  const first = (query.page - 1) * PAGE_SIZE;
  const range = total > PAGE_SIZE ? `${first + 1}–${first + shown.length} of ${total}` : `${total}`;
  const waiting = html`<p class="quiet">${unknown} more are being looked at; what they hold shows in a moment.</p>`;
  return html`<section id="results" aria-live="polite"${unknown > 0 ? html` data-unknown` : undefined}>
<h2 class="found">${total === 1 && pages === 1 ? "1 dataset" : `${range} datasets`}</h2>
${unknown > 0 ? waiting : undefined}
${total === 0 ? html`<p>Nothing here is like that. <a href="./">Show everything</a></p>` : undefined}
<ul class="cards">
${shown.map(card)}</ul>
${pages > 1 ? pager(query, pages) : undefined}
</section>`;
}

function pager(query: ListingQuery, pages: number): Html {
  const link = (to: number, text: string, rel: string): Html =>
    to < 1 || to > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="./${formatQuery({ ...query, page: to })}" rel="${rel}">${text}</a>`;
  return html`<nav class="pager" aria-label="pages">${link(query.page - 1, "← before", "prev")}
<span>page ${query.page} of ${pages}</span>
${link(query.page + 1, "next →", "next")}</nav>`;
}

function card(summary: DatasetSummary): Html {
  const { id, title, failure, bbox, start, end, bytes, variables = [], format, grid } = summary;
  const path = `datasets/${encodeURIComponent(id)}`;
  if (failure !== undefined)
    return html`<li class="card broken" data-id="${id}"><div>
<h3><a href="${path}/">${id}</a></h3>
<p class="failed">cannot be opened: ${shortened(failure, 300)}</p></div></li>
`;
  const more = variables.length - MAX_NAMES;
  const facts = [
    start !== undefined && end !== undefined ? formatPeriod(start, end) : undefined,
    bbox && extentText(bbox),
    grid === undefined ? undefined : `${grid} grid`,
    format,
    bytes === undefined ? undefined : formatBytes(bytes),
  ].filter((text) => text !== undefined);
  return html`<li class="card" data-id="${id}">
${bbox ? extentMap(bbox, "") : html`<span class="map none"></span>`}
<div>
<h3><a href="${path}/">${id}</a></h3>
${title === undefined || title === id ? undefined : html`<p class="title">${shortened(title, MAX_TITLE)}</p>\n`}<p class="names">${variables.slice(0, MAX_NAMES).map((name) => html`<code>${shortened(name, 60)}</code> `)}${more > 0 ? `and ${more} more` : undefined}</p>
<p class="fact">${facts.map((fact) => html`<span>${fact}</span>\n`)}</p>
</div></li>
`;
}
