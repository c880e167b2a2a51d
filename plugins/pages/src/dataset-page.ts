import type { Dataset } from "@zarr-gateway/dataset";
import { type DescribedDataset, formatInlineJson, structuredData } from "@zarr-gateway/plugin";
import { contents } from "./contents.ts";
import { endpoints } from "./endpoints.ts";
import { extentMap, extentText } from "./extent-map.ts";
import { Html, html, page, shortened } from "./html.ts";
import { formatBytes, formatPeriod, formatStep } from "./sizes.ts";
import { type Snippet, snippets } from "./snippets.ts";
import type { ViewerSetup } from "./viewer-field.ts";
import { viewerFields } from "./viewer-fields.ts";

export interface DatasetPage {
  readonly described: DescribedDataset;
  readonly dataset: Dataset;
  /** Of the server, without a slash at the end. */
  readonly baseUrl: string;
  /** Whether the page was asked as a folder, `P/`: its links are relative. */
  readonly isFolder: boolean;
  /** Names of the loaded plugins. */
  readonly plugins: ReadonlySet<string>;
}

const MAX_TITLE = 300;
const MAX_SUMMARY = 3000;
const MAX_FACT = 500;
const MAX_NOTES = 50;

/** `P/`: one dataset: what it is, how it looks, the lines that open it, all that is in it. */
export function datasetPage(options: DatasetPage): string {
  const { described, dataset, plugins } = options;
  const { id, description } = described;
  const segment = encodeURIComponent(id);
  const root = options.isFolder ? "../../" : "../";
  const here = options.isFolder ? "" : `${segment}/`;
  const url = `${options.baseUrl}/datasets/${segment}`;
  const title = shortened(description.title ?? id, MAX_TITLE);
  const lines = snippets({
    id,
    baseUrl: options.baseUrl,
    hasGroups: dataset.groups.size > 0,
    variable: description.variables.find(({ isCoordinate }) => !isCoordinate)?.path,
    plugins,
  });
  return page({
    title: title === id ? id : `${title} (${id})`,
    root,
    script: "dataset.js",
    head: searchEngineData(described, url),
    body: html`<header class="top">
<nav aria-label="where this is"><a href="${root}">all datasets</a> / <code>${id}</code></nav>
<h1>${title}</h1>
${description.summary && description.summary !== description.title ? html`<p class="lead">${shortened(description.summary, MAX_SUMMARY)}</p>` : undefined}
</header>
<main>
<div class="overview">
${description.space && html`<figure>${extentMap(description.space.bbox, root)}</figure>`}
${facts(described)}
</div>
${problems(described, dataset)}
${viewer(options, { here, root })}
${openIt(lines)}
<section aria-labelledby="contents"><h2 id="contents">What is in it</h2>
${contents(dataset)}</section>
<section aria-labelledby="endpoints"><h2 id="endpoints">Endpoints</h2>
${endpoints({ described, here, url, plugins })}</section>
</main>`,
  });
}

/** schema.org and Croissant: data in the page, which no browser runs and no policy forbids. */
function searchEngineData(described: DescribedDataset, url: string): Html {
  const json = formatInlineJson(structuredData(described, url));
  return new Html(`<script type="application/ld+json">${json}</script>\n`);
}

function facts({ description, format, version, modified }: DescribedDataset): Html {
  const { space, time, license, providers, citation, doi, keywords, bytes, variables } = description;
  const data = variables.filter(({ isCoordinate }) => !isCoordinate).length;
  const rows: readonly (readonly [string, Html | string | undefined])[] = [
    ["Where", space && `${extentText(space.bbox)} (${space.grid} grid)`],
    [
      "When",
      time &&
        `${formatPeriod(time.start, time.end)}${time.step === undefined ? "" : `, every ${formatStep(time.step)}`}${time.isApproximate ? ` (${time.calendar} calendar)` : ""}`,
    ],
    [
      "What",
      `${data} ${data === 1 ? "variable" : "variables"}, ${formatBytes(bytes)} before compression${format === undefined ? "" : `, from ${format}`}`,
    ],
    ["From", providers.map(({ name }) => name).join(", ") || undefined],
    ["License", license],
    ["Cite", citation],
    ["DOI", doi && html`<a href="https://doi.org/${doi}" rel="external">${doi}</a>`],
    ["Keywords", keywords.join(", ") || undefined],
    ["Changed", modified?.replace("T", " ")],
    ["Version", version && html`<code>${shortened(version, 80)}</code>`],
  ];
  return html`<dl class="facts">
${rows.map(([term, value]) => (value === undefined || value === "" ? undefined : html`<dt>${term}</dt><dd>${typeof value === "string" ? shortened(value, MAX_FACT) : value}</dd>\n`))}</dl>`;
}

function problems(
  { description: { notes } }: DescribedDataset,
  { warnings = [] }: Dataset,
): Html | undefined {
  const items = [
    ...warnings.map(
      ({ path, message }) =>
        html`<li><code>${shortened(path, MAX_FACT)}</code>: ${shortened(message, MAX_FACT)}</li>\n`,
    ),
    ...notes.map((note) => html`<li>${shortened(note, MAX_FACT)}</li>\n`),
  ];
  if (items.length === 0) return undefined;
  const more = items.length - MAX_NOTES;
  return html`<section class="warning" aria-labelledby="problems"><h2 id="problems">Not everything could be published or described</h2>
<ul>\n${items.slice(0, MAX_NOTES)}</ul>${more > 0 ? html`<p>and ${more} more</p>` : undefined}</section>`;
}

function viewer(
  { dataset, described, plugins }: DatasetPage,
  { here, root }: { readonly here: string; readonly root: string },
): Html | undefined {
  const fields = plugins.has("zarr") ? viewerFields(dataset) : [];
  if (fields.length === 0) return undefined;
  const { space } = described.description;
  const setup: ViewerSetup = {
    store: `${here}zarr/`,
    coast: `${root}pages/coast.txt`,
    world: `${root}pages/world.svg`,
    fields,
    ...(space && { bbox: space.bbox }),
  };
  return html`<section id="viewer" aria-labelledby="look" data-setup="${JSON.stringify(setup)}"><h2 id="look">Look at it</h2>
<p data-waiting class="quiet">The picture is drawn in the browser, from the chunks themselves, and needs JavaScript.</p></section>`;
}

function openIt(all: readonly Snippet[]): Html {
  const items = all.map(
    (
      { name, title, text },
      position,
    ) => html`<input type="radio" name="snippet" id="choose-${name}"${position === 0 ? html` checked` : undefined}><label for="choose-${name}">${title}</label>
<div class="snippet"><button type="button" data-copy="snippet-${name}" hidden>copy</button>
<pre id="snippet-${name}" data-snippet="${name}" tabindex="0" aria-label="${title}">${text}</pre></div>
`,
  );
  return html`<section aria-labelledby="open"><h2 id="open">Open it</h2>
<div class="snippets" role="radiogroup" aria-labelledby="open">
${items}</div></section>`;
}
