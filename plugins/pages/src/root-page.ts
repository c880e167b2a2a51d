import type { DatasetSummary, DescribedDataset } from "@zarr-gateway/plugin";
import { datasetSegment } from "./address.ts";
import { card } from "./dataset-card.ts";
import { type Html, html, page, shortened } from "./html.ts";
import {
  FACETS,
  type Facet,
  type Found,
  formatQuery,
  type ListingQuery,
  PAGE_SIZE,
} from "./listing-query.ts";
import type { Site } from "./site.ts";

export interface RootPage {
  readonly site: Site;
  readonly baseUrl: string;
  readonly found: Found;
  /** Of all datasets that may be seen. */
  readonly count: number;
  /** Datasets that were not looked at yet. */
  readonly unknown: number;
  /** Further documents of the server, `["stac", "STAC API"]`. */
  readonly links: readonly (readonly [href: string, text: string])[];
  /** More about a dataset of the list, where it is known. */
  readonly described?: (summary: DatasetSummary) => DescribedDataset | undefined;
}

const FACET_TITLES: Readonly<Record<Facet, string>> = {
  variable: "Variables",
  format: "Format",
  grid: "Grid",
  keyword: "Keywords",
};
const MAX_DESCRIPTION = 600;

/** `/`: what is served here. */
export function rootPage(options: RootPage): string {
  const { site, baseUrl, found, links } = options;
  const { query } = found;
  const first = found.shown.find(({ failure }) => failure === undefined)?.id;
  return page({
    title: site.title,
    root: "",
    script: "root.js",
    body: html`<header class="hero">
<svg viewBox="0 0 3600 1800" preserveAspectRatio="xMidYMid slice" aria-hidden="true"><use class="land" href="pages/world.svg#land"/></svg>
<div>
<div class="words"><div class="brand"><img src="pages/icon.svg" alt="" width="44" height="44"><h1>${site.title}</h1></div>
<p class="lead">${shortened(site.description ?? "Earth-system data as Zarr over HTTP.", MAX_DESCRIPTION)}</p>
<p class="count">${options.count === 1 ? "One dataset" : `${options.count} datasets`}, each a store that opens by its address.</p></div>
${
  first === undefined
    ? undefined
    : html`<pre data-snippet="xarray" tabindex="0" aria-label="Python">import xarray as xr
ds = xr.open_dataset("${baseUrl}/datasets/${datasetSegment(first)}.zarr")</pre>`
}
</div></header>
<main id="main">
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
<footer><nav aria-label="all documents">${links.map(([href, text]) => html`<a href="${href}">${text}</a>\n`)}</nav></footer>`,
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
    return html`<div><h2>${FACET_TITLES[facet]}</h2>\n<ul>\n${items}</ul></div>\n`;
  });
  return html`<nav id="facets" aria-label="narrow down">\n${groups}</nav>`;
}

function results({ found, unknown, site, described }: RootPage): Html {
  const { total, shown, query, pages } = found;
  const first = (query.page - 1) * PAGE_SIZE;
  const range = total > PAGE_SIZE ? `${first + 1}–${first + shown.length} of ${total}` : `${total}`;
  const waiting = html`<p class="quiet">${unknown} more are being looked at; what they hold shows in a moment.</p>`;
  return html`<section id="results" aria-live="polite"${unknown > 0 ? html` data-unknown` : undefined}>
<h2 class="found">${total === 1 && pages === 1 ? "1 dataset" : `${range} datasets`}</h2>
${unknown > 0 ? waiting : undefined}
${total === 0 ? html`<p>Nothing here is like that. <a href="./">Show everything</a></p>` : undefined}
<ul class="cards">
${shown.map((summary) => card({ summary, described, pictures: site.pictures }))}</ul>
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
