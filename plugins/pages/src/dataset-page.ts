import {
  type Attributes,
  type AttributeValue,
  bytesPerElement,
  coordinateNames,
  type Dataset,
  dimensionSizes,
  elementCount,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { formatJson } from "@zarr-gateway/primitives";
import { type Html, html, page } from "./html.ts";
import { snippets } from "./snippets.ts";

/** `P/`: one dataset with its groups, variables, attributes, warnings, and lines that open it. */
export function datasetPage(id: string, url: string, dataset: Dataset): string {
  const title = typeof dataset.attrs["title"] === "string" ? dataset.attrs["title"] : id;
  const groups = [...walkGroups(dataset)];
  return page({
    title: `${title} (${id})`,
    root: "../../",
    body: html`<p><a href="../../">all datasets</a></p>
<h1>${title}</h1>
<p><code>${id}</code>${dataset.format === undefined ? undefined : html`, ${dataset.format}`}</p>
${warnings(dataset)}
<h2>Open it</h2>
${snippets(url, { groups: groups.length > 1 }).map((snippet) => html`<h3>${snippet.title}</h3>\n<pre>${snippet.text}</pre>\n`)}
${groups.map(([path, group]) => groupSection(path, group))}
<h2>Endpoints</h2>
<ul>
<li><a href="zarr/">zarr/</a> Zarr v3, also <code>${url}.zarr</code></li>
<li><a href="zarr2/">zarr2/</a> Zarr v2</li>
<li><a href="kerchunk/">kerchunk/</a> the stored chunks, byte for byte</li>
<li><a href="keys">keys</a>, <a href="dict">dict</a>, <a href="info">info</a>, <a href="groups">groups</a>, <a href="tree">tree</a></li>
${dataset.history ? html`<li><a href="versions">versions</a> the states that the source was in</li>\n` : undefined}</ul>`,
  });
}

function warnings(dataset: Dataset): Html | undefined {
  if (!dataset.warnings?.length) return undefined;
  const items = dataset.warnings.map(
    ({ path, message }) => html`<li class="warning"><code>${path}</code>: ${message}</li>\n`,
  );
  return html`<h2>Not everything could be published</h2>\n<ul>\n${items}</ul>`;
}

function groupSection(path: readonly string[], group: Dataset): Html {
  const coordinates = coordinateNames(group);
  const all = [...group.variables.values()];
  const dims = [...dimensionSizes(all)].map(([dim, size]) => `${dim}: ${size}`).join(", ");
  return html`<h2>${path.length === 0 ? "Contents" : `Group /${path.join("/")}`}</h2>
<p>Dimensions: ${dims === "" ? "none" : dims}</p>
${table(
  "Coordinates",
  all.filter(({ name }) => coordinates.has(name)),
)}
${table(
  "Data variables",
  all.filter(({ name }) => !coordinates.has(name)),
)}
${attributeTable(group.attrs)}
`;
}

function table(title: string, variables: readonly Variable[]): Html | undefined {
  if (variables.length === 0) return undefined;
  return html`<h3>${title}</h3>
<div class="scroll"><table>
<tr><th>name</th><th>dimensions</th><th>type</th><th>chunk</th><th>size</th><th>what</th></tr>
${variables.map(row)}</table></div>`;
}

function row({ name, dims, attrs, source }: Variable): Html {
  const { shape, chunkShape } = source.grid;
  const shaped = dims.map((dim, axis) => `${dim ?? "?"}: ${shape[axis] ?? ""}`).join(", ");
  const what = [attrs["long_name"] ?? attrs["standard_name"], attrs["units"]].filter(
    (text) => typeof text === "string",
  );
  const details =
    Object.keys(attrs).length === 0
      ? undefined
      : html`<details><summary>attributes</summary>${attributeTable(attrs)}</details>`;
  return html`<tr><td><code>${name}</code></td><td>${shaped}</td><td>${source.dtype}</td><td>${chunkShape.join(" × ")}</td>
<td>${sizeOf(source.dtype === "string" ? undefined : elementCount(shape) * (bytesPerElement(source.dtype) ?? 1))}</td>
<td>${what.join(", ")}${details}</td></tr>
`;
}

function attributeTable(attrs: Attributes): Html | undefined {
  const entries = Object.entries(attrs);
  if (entries.length === 0) return undefined;
  const rows = entries.map(
    ([name, value]) => html`<tr><td>${name}</td><td class="value">${valueText(value)}</td></tr>\n`,
  );
  return html`<h3>Attributes</h3>\n<table>\n${rows}</table>`;
}

function valueText(value: AttributeValue): string {
  return typeof value === "string" ? value : formatJson(value);
}

function sizeOf(bytes: number | undefined): string {
  if (bytes === undefined) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** power;
  return `${scaled >= 10 || power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power] ?? ""}`;
}
