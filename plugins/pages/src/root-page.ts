import type { DatasetState } from "@zarr-gateway/plugin";
import { html, page } from "./html.ts";

export interface ListedDataset {
  readonly id: string;
  readonly state: DatasetState;
}

/** `/`: what is served here. */
export function rootPage(title: string, baseUrl: string, datasets: readonly ListedDataset[]): string {
  const items = datasets.map(({ id, state }) => {
    const reason =
      state.state === "failed"
        ? html` <span class="failed">cannot be opened: ${state.reason}</span>`
        : undefined;
    return html`<li data-id="${id}"><a href="datasets/${encodeURIComponent(id)}/">${id}</a>${reason}</li>
`;
  });
  const first = datasets.find(({ state }) => state.state !== "failed")?.id ?? "ID";
  return page({
    title,
    root: "",
    body: html`<h1>${title}</h1>
<p><span data-count>${datasets.length}</span> datasets, each a Zarr store. Open one in Python:</p>
<pre>import xarray as xr
ds = xr.open_dataset("${baseUrl}/datasets/${encodeURIComponent(first)}.zarr")</pre>
<p><input type="search" placeholder="search datasets" aria-label="search datasets"></p>
<ul>
${items}</ul>
<p class="quiet"><a href="datasets">ids as JSON</a> · <a href="docs">API</a> · <a href="openapi.json">OpenAPI</a> ·
<a href="plugins">plugins</a> · <a href="versions">versions</a> · <a href="health">health</a></p>`,
  });
}
