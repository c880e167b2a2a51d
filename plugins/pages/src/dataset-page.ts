import type { Dataset } from "@zarr-gateway/dataset";
import { type DescribedDataset, formatInlineJson, structuredData } from "@zarr-gateway/plugin";
import { datasetSegment } from "./address.ts";
import { contents } from "./contents.ts";
import { facts } from "./dataset-facts.ts";
import { endpoints } from "./endpoints.ts";
import { extentMap } from "./extent-map.ts";
import { folded } from "./folded.ts";
import { breakable, Html, html, page, shortened } from "./html.ts";
import { picture } from "./picture.ts";
import type { Site } from "./site.ts";
import { snippetTabs } from "./snippet-tabs.ts";
import { snippets } from "./snippets.ts";
import { viewChain } from "./view-steps.ts";
import type { ViewerSetup } from "./viewer-field.ts";
import { viewerFields } from "./viewer-fields.ts";

export interface DatasetPage {
  readonly described: DescribedDataset;
  readonly dataset: Dataset;
  /** Of the server, without a slash at the end. */
  readonly baseUrl: string;
  /** Whether the page was asked as a folder, `P/`: its links are relative. */
  readonly isFolder: boolean;
  readonly site: Site;
}

/** From the page to elsewhere. */
interface Ways {
  readonly root: string;
  /** To `P/`. */
  readonly here: string;
}

const MAX_TITLE = 200;
/** What is longer is folded. */
const MAX_LEAD = 480;
const MAX_SUMMARY = 6000;
const MAX_NOTE = 500;
const MAX_NOTES = 50;

/** `P/`: one dataset: what it is, the lines that open it, how it looks, all that is in it. */
export function datasetPage(options: DatasetPage): string {
  const { described, dataset, site, isFolder } = options;
  const { id, description } = described;
  const segment = datasetSegment(id);
  const ways = { root: isFolder ? "../../" : "../", here: isFolder ? "" : `${segment}/` };
  const url = `${options.baseUrl}/datasets/${segment}`;
  const title = shortened(description.title ?? id, MAX_TITLE);
  const lines = snippets({
    id,
    baseUrl: options.baseUrl,
    bytes: description.bytes,
    hasGroups: dataset.groups.size > 0,
    variable: description.variables.find(({ isCoordinate }) => !isCoordinate)?.path,
    plugins: site.plugins,
  });
  return page({
    title: title === id ? id : `${title} (${id})`,
    site,
    root: ways.root,
    script: "dataset.js",
    head: searchEngineData(described, `${options.baseUrl}/datasets/${encodeURIComponent(id)}`),
    body: html`<main id="main">
<header class="top">
<nav class="crumbs" aria-label="where this is"><a href="${ways.root}">all datasets</a>${title === id ? undefined : html` <span aria-hidden="true">/</span> <code>${breakable(id)}</code>`}</nav>
<h1${title.length > 90 ? html` class="long"` : undefined}>${title === id ? breakable(id) : title}</h1>
${lead(description)}
${viewChain(id, isFolder ? "../" : "")}</header>
<div class="overview">
${facts(described)}
${pictures(options, ways)}
</div>
${problems(described, dataset)}
${snippetTabs(lines)}
${viewer(options, ways)}
<section aria-labelledby="contents"><h2 id="contents">What is in it</h2>
${contents(dataset, { described, pictures: site.pictures, here: ways.here })}</section>
<section aria-labelledby="endpoints"><h2 id="endpoints">Addresses</h2>
${endpoints({ described, here: ways.here, url, plugins: site.plugins })}</section>
</main>`,
  });
}

/** schema.org and Croissant: data in the page, which no browser runs and no policy forbids. */
function searchEngineData(described: DescribedDataset, url: string): Html {
  const json = formatInlineJson(structuredData(described, url));
  return new Html(`<script type="application/ld+json">${json}</script>\n`);
}

function lead({ title, summary }: DescribedDataset["description"]): Html | undefined {
  if (summary === undefined || summary === "" || summary === title) return undefined;
  return folded(summary, { shown: MAX_LEAD, most: MAX_SUMMARY, className: "lead" });
}

/** A picture of the data where the server draws one, and where on Earth they lie. */
function pictures({ described, site }: DatasetPage, { root, here }: Ways): Html | undefined {
  const { space } = described.description;
  const drawn = picture(described, site.pictures, here);
  if (space === undefined && drawn === undefined) return undefined;
  const map = space && html`<figure>${extentMap(space.bbox, root)}</figure>`;
  return html`<div class="pictures">${drawn && html`<figure>${drawn}</figure>`}${map}</div>`;
}

function problems(
  { description: { notes } }: DescribedDataset,
  { warnings = [] }: Dataset,
): Html | undefined {
  const items = [
    ...warnings.map(
      ({ path, message }) =>
        html`<li><code>${shortened(path, MAX_NOTE)}</code>: ${shortened(message, MAX_NOTE)}</li>\n`,
    ),
    ...notes.map((note) => html`<li>${shortened(note, MAX_NOTE)}</li>\n`),
  ];
  if (items.length === 0) return undefined;
  const more = items.length - MAX_NOTES;
  return html`<section class="warning" aria-labelledby="problems"><h2 id="problems">Not everything could be published or described</h2>
<ul>\n${items.slice(0, MAX_NOTES)}</ul>${more > 0 ? html`<p>and ${more} more</p>` : undefined}</section>`;
}

/** True where reading the first field is not known to be quick. */
function mayRun(dataset: Dataset, path: string): boolean {
  if (dataset.readsMayWait !== true) return false;
  const source = dataset.variables.get(path)?.source;
  const index = source?.grid.shape.map(() => 0) ?? [];
  return source?.made?.by.isAtHand([{ ...source.made, index }]) !== true;
}

function viewer({ dataset, described, site }: DatasetPage, { here, root }: Ways): Html | undefined {
  const fields = site.plugins.has("zarr") ? viewerFields(dataset) : [];
  if (fields.length === 0) return undefined;
  const { space } = described.description;
  const setup: ViewerSetup = {
    store: `${here}zarr/`,
    coast: `${root}pages/coast.txt`,
    world: `${root}pages/world.svg`,
    fields: fields.map((field) => ({ ...field, ...(mayRun(dataset, field.path) && { mayRun: true }) })),
    ...(space && { bbox: space.bbox }),
  };
  return html`<section id="viewer" aria-labelledby="look" data-setup="${JSON.stringify(setup)}"><h2 id="look">Look at it</h2>
<p data-waiting class="quiet">The picture is drawn in the browser, from the chunks themselves, and needs JavaScript.</p></section>`;
}
