import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { type Html, html, page } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { chart, printed } from "./chart.ts";
import { bytesToRead, type DerivedArray, readArray } from "./derived-array.ts";
import type { DiagnosticsServices, GroupbyRequest } from "./groupby-request.ts";
import { axesOf } from "./horizontal.ts";
import { table } from "./table.ts";
import { datasetPath, viewId } from "./view-id.ts";

export interface GroupbyPageOptions extends CallOptions {
  readonly request: GroupbyRequest;
  readonly result: Dataset;
  readonly variable: Variable;
  /** From the page to the server's root, `../../`. */
  readonly root: string;
  readonly services: DiagnosticsServices;
}

/** What is read for the table of a page; more is left to who asks for it. */
const PAGE_BYTES = 4 * 1024 ** 3;
const MAX_PICTURES = 24;

/** Table and line of the groups, over space as means weighted by area; and a map of every group. */
export async function groupbyPage(options: GroupbyPageOptions): Promise<string> {
  const { request, result, variable, root, services } = options;
  const { variable: name, coordinate, action, view } = request;
  const title = `${action} of ${name} by ${coordinate}`;
  const array = await averaged(options);
  const here = `${root}${datasetPath(view)}`;
  const base = view.slice(0, view.lastIndexOf("@vars("));
  const plugins = new Set(services.host.plugins().map((plugin) => plugin.name));
  const body = html`<main id="main" class="diagnostics">
<p class="trail"><a href="${root}${datasetPath(base)}">${base}</a></p>
<h1>${title}</h1>
<p>${variable.attrs["long_name"] as string | undefined}${array === undefined || array.dims.length !== 1 ? undefined : describeMean(variable, array)}</p>
<p class="links"><a href="?format=json">JSON</a> <a href="?format=csv">CSV</a>${plugins.has("download") ? html` <a href="?format=nc">NetCDF</a>` : undefined} <a href="${here}">Zarr and more: <code>${view}</code></a></p>
${array === undefined ? html`<p>The data behind this are more than a page reads at once: take the Zarr store, JSON or CSV.</p>` : content(array)}
${plugins.has("plot") ? maps({ result, variable, view, root }) : undefined}
</main>`;
  return page({ title, root, site: { title: "zarr-gateway", plugins }, body });
}

function content(array: DerivedArray): Html {
  if (array.dims.length === 0) return html`<p class="number">${printed(array.elements[0] ?? null)}</p>`;
  return html`${chart(array)}${table(array) ?? html`<p>${array.shape.join(" × ")} values along ${array.dims.join(", ")}: see the JSON or CSV.</p>`}`;
}

/** The result itself where it is small and has one dimension; else its mean over all but the groups. */
async function averaged({
  request,
  result,
  variable,
  services,
  signal,
}: GroupbyPageOptions): Promise<DerivedArray | undefined> {
  const { host, maxValues } = services;
  if (bytesToRead(variable) > PAGE_BYTES) return undefined;
  if (variable.dims.length <= 1) return readArray(result, variable, { maxValues, signal });
  const { horizontal } = axesOf(result, variable);
  const group = groupDimension(request);
  const others = variable.dims.filter((dim) => dim !== null && dim !== group && !horizontal.includes(dim));
  const steps = [
    ...(horizontal.length > 0 && !horizontal.includes(group) ? [`wmean(${horizontal.join(",")})`] : []),
    ...(others.length > 0 ? [`mean(${others.join(",")})`] : []),
  ];
  const rest = horizontal.includes(group) ? horizontal.filter((dim) => dim !== group) : [];
  if (rest.length > 0) steps.push(`mean(${rest.join(",")})`);
  const lease = await host.datasets.lease(viewId(request.view, steps), { signal });
  try {
    const mean = lease.dataset.variables.get(request.variable);
    return mean && (await readArray(lease.dataset, mean, { maxValues, signal }));
  } finally {
    lease.release();
  }
}

function groupDimension({ coordinate }: GroupbyRequest): string {
  return coordinate.split(".").at(-1) ?? coordinate;
}

function describeMean(variable: Variable, array: DerivedArray): Html | undefined {
  const gone = variable.dims.filter((dim) => dim !== null && !array.dims.includes(dim));
  return gone.length === 0 ? undefined : html`, mean over ${gone.join(", ")} (by area where it has one)`;
}

interface MapOptions {
  readonly result: Dataset;
  readonly variable: Variable;
  readonly view: string;
  readonly root: string;
}

/** One picture a group, drawn when it comes into sight. */
function maps({ result, variable, view, root }: MapOptions): Html | undefined {
  const { horizontal } = axesOf(result, variable);
  const [group] = variable.dims.filter((dim) => dim !== null && !horizontal.includes(dim));
  const length = group === undefined ? 0 : (variable.source.grid.shape[variable.dims.indexOf(group)] ?? 0);
  if (group === undefined || group === null || horizontal.length === 0) return undefined;
  const pictures = Array.from({ length: Math.min(length, MAX_PICTURES) }, (_, at) => {
    const id = viewId(view, [`isel(${group}=${at})`]);
    const source = `${root}${datasetPath(id)}/plot/${encodeURIComponent(variable.name)}.png`;
    return html`<a href="${source}"><img loading="lazy" width="360" height="240" alt="${variable.name}, ${group} ${at}" src="${source}?width=480&amp;height=320"></a>\n`;
  });
  return html`<section class="maps"><h2>Maps</h2>${pictures}${length > MAX_PICTURES ? html`<p>${length - MAX_PICTURES} more by <code>isel(${group}=…)</code>.</p>` : undefined}</section>`;
}
