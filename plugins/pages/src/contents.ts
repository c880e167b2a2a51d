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
import type { DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { formatJson } from "@zarr-gateway/primitives";
import { type Html, html, shortened } from "./html.ts";
import { formatBytes } from "./sizes.ts";

/** A page shows no more than this; the rest is in `info`. */
const MAX_VARIABLES = 1000;
const MAX_ATTRIBUTES = 200;
const MAX_VALUE = 2000;
const MAX_NAME = 200;

export interface ContentsLinks {
  readonly described: DescribedDataset;
  readonly pictures?: Pictures | undefined;
  /** From the page to `P/`. */
  readonly here: string;
}

/** Groups, variables and attributes, to be opened one by one, as xarray shows a dataset in a notebook. */
export function contents(dataset: Dataset, links: ContentsLinks): Html {
  let left = MAX_VARIABLES;
  const groups = [...walkGroups(dataset)].map(([path, group]) => {
    const shown = [...group.variables.values()].slice(0, Math.max(0, left));
    const isCut = shown.length < group.variables.size;
    left -= group.variables.size;
    return left <= -group.variables.size && path.length > 0
      ? undefined
      : groupSection(path, group, { shown, isCut, links });
  });
  return html`<div class="tree">${groups}</div>`;
}

interface ShownVariables {
  readonly shown: readonly Variable[];
  readonly isCut: boolean;
  readonly links: ContentsLinks;
}

function groupSection(path: readonly string[], group: Dataset, options: ShownVariables): Html {
  const { shown, isCut, links } = options;
  const coordinates = coordinateNames(group);
  const dims = [...dimensionSizes(group.variables.values())];
  const variables = (title: string, all: readonly Variable[]): Html | undefined =>
    all.length === 0
      ? undefined
      : html`<h3>${title}</h3>\n<div class="variables">\n${all.map((one) => variable(one, plotPage(path, one, links)))}</div>\n`;
  const body = html`${dims.length === 0 ? undefined : html`<p class="dims"><span>Dimensions</span> ${dims.map(([dim, size]) => html`<code>${shortened(dim, MAX_NAME)}: ${size}</code> `)}</p>\n`}${variables(
    "Coordinates",
    shown.filter(({ name }) => coordinates.has(name)),
  )}${variables(
    "Data variables",
    shown.filter(({ name }) => !coordinates.has(name)),
  )}${isCut ? html`<p class="quiet">There are more variables: <code>info</code> below has them all.</p>\n` : undefined}${section("Attributes", group.attrs)}`;
  if (path.length === 0) return body;
  return html`<details class="group"><summary><code>/${shortened(path.join("/"), MAX_NAME)}</code> <span class="quiet">group, ${group.variables.size} variables</span></summary>
${body}</details>
`;
}

/** Address of the page with the picture of a variable, where the server draws one. */
function plotPage(
  group: readonly string[],
  { name }: Variable,
  { described, pictures, here }: ContentsLinks,
): string | undefined {
  const address = pictures?.pageOf(described, [...group, name].join("/"));
  return address === undefined ? undefined : `${here}${address}`;
}

function variable({ name, dims, attrs, source }: Variable, plot: string | undefined): Html {
  const { shape } = source.grid;
  const what = textOf(attrs, "long_name") ?? textOf(attrs, "standard_name");
  const unit = textOf(attrs, "units");
  const bytes = elementCount(shape) * (bytesPerElement(source.dtype) ?? 0);
  return html`<details><summary><code class="name">${shortened(name, MAX_NAME)}</code>
<span class="dimensions">${dims.length === 0 ? "scalar" : dims.map((dim, axis) => html`<span>${shortened(dim ?? "?", MAX_NAME)}<b>${shape[axis] ?? 0}</b></span> `)}</span>
<span class="type">${source.dtype}</span>
<span class="what">${what}${unit === undefined ? undefined : html` <span class="unit">${unit}</span>`}</span>
<span class="size">${bytes === 0 ? undefined : formatBytes(bytes)}</span></summary>
<div class="inside">${plot === undefined ? undefined : html`<p><a href="${plot}">Picture of ${shortened(name, MAX_NAME)}</a></p>\n`}${storage({ source, bytes })}${attributeTable(attrs)}</div></details>
`;
}

/** Chunks as they are published, and as they are stored where that differs. */
function storage({ source, bytes }: { readonly source: Variable["source"]; readonly bytes: number }): Html {
  const { shape, chunkShape } = source.grid;
  const count = shape.reduce((product, size, axis) => product * Math.ceil(size / (chunkShape[axis] ?? 1)), 1);
  const chunkBytes = elementCount(chunkShape) * (bytesPerElement(source.dtype) ?? 0);
  const { stored } = source;
  const isOther = stored !== undefined && stored.grid.chunkShape.join() !== chunkShape.join();
  const rows = [
    [
      "Chunks",
      `${count === 1 ? "one" : count} of ${chunkShape.join(" × ") || "one value"}${chunkBytes > 0 ? `, ${formatBytes(chunkBytes)} each` : ""}`,
    ],
    ...(stored ? [["Codecs", stored.codecs.map(({ name }) => name).join(" → ")]] : []),
    ...(stored && isOther
      ? [[source.isAssembled ? "Stored chunks" : "Shards", stored.grid.chunkShape.join(" × ")]]
      : []),
    ...(bytes > 0 ? [["Size", `${formatBytes(bytes)} before compression`]] : []),
  ];
  return html`<table class="storage"><caption>Storage</caption>
${rows.map(([title, text]) => html`<tr><th scope="row">${title}</th><td>${text}</td></tr>\n`)}</table>
`;
}

function section(title: string, attrs: Attributes): Html | undefined {
  const count = Object.keys(attrs).length;
  if (count === 0) return undefined;
  return html`<details class="attributes"><summary>${title} <span class="quiet">${count}</span></summary>
<div class="inside">${attributeTable(attrs)}</div></details>
`;
}

function attributeTable(attrs: Attributes): Html | undefined {
  const entries = Object.entries(attrs);
  if (entries.length === 0) return undefined;
  const rows = entries
    .slice(0, MAX_ATTRIBUTES)
    .map(
      ([name, value]) =>
        html`<tr><th scope="row">${shortened(name, MAX_NAME)}</th><td class="value">${shortened(valueText(value), MAX_VALUE)}</td></tr>\n`,
    );
  const more = entries.length - rows.length;
  return html`<table><caption>Attributes</caption>
${rows}</table>${more > 0 ? html`<p class="quiet">and ${more} more</p>` : undefined}
`;
}

function valueText(value: AttributeValue): string {
  return typeof value === "string" ? value : formatJson(value);
}

function textOf(attrs: Attributes, name: string): string | undefined {
  const value = attrs[name];
  return typeof value === "string" && value !== "" ? shortened(value, MAX_NAME) : undefined;
}
