import { type Html, html } from "@zarr-gateway/plugin";
import { printed } from "./chart.ts";
import type { DerivedArray } from "./derived-array.ts";

const MAX_ROWS = 400;

/** The values of an array with one dimension beside their labels. */
export function table({ dims, elements, coords, name, attrs }: DerivedArray): Html | undefined {
  const [dim] = dims;
  if (dims.length !== 1 || dim === undefined) return undefined;
  const labels = coords.find((axis) => axis.name === dim)?.labels ?? [];
  const unit = typeof attrs["units"] === "string" ? ` [${attrs["units"]}]` : "";
  const rest = elements.length - MAX_ROWS;
  return html`<table><thead><tr><th scope="col">${dim}</th><th scope="col">${name}${unit}</th></tr></thead>
<tbody>${elements.slice(0, MAX_ROWS).map((element, at) => html`<tr><th scope="row">${printed(labels[at] ?? at)}</th><td>${printed(element)}</td></tr>\n`)}</tbody></table>
${rest > 0 ? html`<p>${rest} more rows are in the CSV.</p>` : undefined}`;
}
