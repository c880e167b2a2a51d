import type { Dataset } from "@zarr-gateway/dataset";
import { html, page } from "@zarr-gateway/plugin";
import { datasetSegment } from "../address.ts";
import type { Site } from "../site.ts";
import type { ViewerSetup } from "../viewer-field.ts";
import { viewerFields } from "../viewer-fields.ts";

export interface AnimationPage {
  readonly id: string;
  /** What is shown, as an id, and open. */
  readonly view: string;
  readonly shown: Dataset;
  readonly variable: string;
  /** Name of the dimension that moves. */
  readonly film: string | undefined;
  readonly colours: { readonly name: string; readonly stops: string };
  /** From the page to the server's root. */
  readonly root: string;
  readonly site: Site;
}

/** A film that the browser draws from the chunks of a view. */
export function animationPage(options: AnimationPage): string {
  const { id, view, shown, variable, colours, root, site } = options;
  const at = id.lastIndexOf(".");
  // cloudify's words for its names, whose last part says how the data were aggregated
  const title =
    at > 0 ? `Data from ${id.slice(0, at)} for aggregation ${id.slice(at + 1)}` : `Data from ${id}`;
  const store = `${root}datasets/${datasetSegment(view)}/`;
  const setup: ViewerSetup = {
    store: `${store}zarr/`,
    coast: `${root}pages/coast.txt`,
    world: `${root}pages/world.svg`,
    fields: viewerFields(shown).filter(({ path }) => path === variable),
    colours,
    plays: options.film ?? "",
  };
  const pictures = site.plugins.has("plot")
    ? html`<p class="quiet">As a file: ${["gif", "webp", "png"].map((format) => html`<a href="?format=${format}">${format.toUpperCase()}</a> `)}</p>`
    : undefined;
  return page({
    title: `${variable} (${id})`,
    site,
    root,
    script: "dataset.js",
    body: html`<main id="main">
<header class="top"><nav class="crumbs" aria-label="where this is"><a href="${root}">all datasets</a> <span aria-hidden="true">/</span> <a href="${root}datasets/${datasetSegment(id)}/"><code>${id}</code></a></nav>
<h1>${variable}</h1>
<p class="lead">${title}</p></header>
<section id="viewer" aria-label="${variable} in motion" data-setup="${JSON.stringify(setup)}">
<p data-waiting class="quiet">The film is drawn in the browser, from the chunks themselves, and needs JavaScript.</p></section>
${pictures}<p class="quiet">What is shown is the view <a href="${store}"><code>${view}</code></a>.</p>
</main>`,
  });
}
