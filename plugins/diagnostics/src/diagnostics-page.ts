import type { Dataset } from "@zarr-gateway/dataset";
import { type Html, html, page } from "@zarr-gateway/plugin";
import type { Diagnostic } from "./diagnostics.ts";
import { datasetPath, viewId } from "./view-id.ts";

export interface DiagnosticsPageOptions {
  readonly id: string;
  readonly dataset: Dataset;
  readonly name: string;
  readonly diagnostics: readonly Diagnostic[];
  /** From the page to the server's root. */
  readonly root: string;
  readonly plugins: ReadonlySet<string>;
}

/** Pictures that are drawn when they come into sight, and where their numbers are. Reads nothing itself. */
export function diagnosticsPage(options: DiagnosticsPageOptions): string {
  const { id, dataset, name, diagnostics, root, plugins } = options;
  const attrs = dataset.variables.get(name)?.attrs ?? {};
  const words = [
    attrs["long_name"],
    attrs["units"] === undefined ? undefined : `[${String(attrs["units"])}]`,
  ];
  const body = html`<main id="main" class="diagnostics">
<p class="trail"><a href="${root}${datasetPath(id)}">${id}</a></p>
<h1>${name}</h1>
<p>${words.filter((word) => word !== undefined).join(" ")}</p>
${diagnostics.map((diagnostic) => section(diagnostic, options))}
</main>`;
  return page({ title: `Diagnostics of ${name}`, root, site: { title: "zarr-gateway", plugins }, body });
}

function section({ name, title, kind, steps }: Diagnostic, options: DiagnosticsPageOptions): Html {
  const { id, name: variable, root, plugins } = options;
  const own = `${root}${datasetPath(id)}/diagnostics/${encodeURIComponent(variable)}/${name}`;
  const view = viewId(id, steps);
  const picture = `${root}${datasetPath(view)}/plot/${encodeURIComponent(variable)}.png`;
  const isDrawn = kind === "view" && plugins.has("plot");
  return html`<section aria-label="${title}"><h2>${title}</h2>
${isDrawn ? html`<a href="${picture}"><img loading="lazy" width="640" height="400" alt="${title} of ${variable}" src="${picture}?width=800&amp;height=500"></a>` : undefined}
${kind === "histogram" ? html`<a href="${own}.svg"><img loading="lazy" width="640" height="231" alt="${title} of ${variable}" src="${own}.svg"></a>` : undefined}
<p class="links"><a href="${own}.json">JSON</a>${kind === "view" ? html` <a href="${root}${datasetPath(view)}"><code>${view}</code></a>` : undefined}</p></section>
`;
}
