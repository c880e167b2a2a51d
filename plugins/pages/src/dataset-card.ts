import type { DatasetSummary, DescribedDataset, Pictures } from "@zarr-gateway/plugin";
import { datasetSegment } from "./address.ts";
import { extentMap, extentText } from "./extent-map.ts";
import { breakable, type Html, html, shortened } from "./html.ts";
import { picture } from "./picture.ts";
import { formatBytes, formatPeriod } from "./sizes.ts";

const MAX_TITLE = 200;
const MAX_NAMES = 6;

export interface CardOptions {
  readonly summary: DatasetSummary;
  /** More of it, where it is known: for its picture. */
  readonly described?: ((summary: DatasetSummary) => DescribedDataset | undefined) | undefined;
  readonly pictures?: Pictures | undefined;
}

/** One dataset in the list: picture or map, name, what it holds. */
export function card(options: CardOptions): Html {
  const { id, title, failure, variables = [] } = options.summary;
  const path = `datasets/${datasetSegment(id)}/`;
  if (failure !== undefined)
    return html`<li class="card broken" data-id="${id}"><div>
<h3><a href="${path}">${breakable(id)}</a></h3>
<p class="failed">cannot be opened: ${shortened(failure, 300)}</p></div></li>
`;
  const more = variables.length - MAX_NAMES;
  return html`<li class="card" data-id="${id}">
<div class="shot">${shot(options, path)}</div>
<div class="said">
<h3><a href="${path}">${breakable(id)}</a></h3>
${title === undefined || title === id ? undefined : html`<p class="title">${shortened(title, MAX_TITLE)}</p>\n`}${variables.length === 0 ? undefined : html`<p class="names">${variables.slice(0, MAX_NAMES).map((name) => html`<code>${shortened(name, 60)}</code> `)}${more > 0 ? html`<span class="quiet">and ${more} more</span>` : undefined}</p>`}
<p class="fact">${factsOf(options.summary).map((fact) => html`<span>${fact}</span>\n`)}</p>
</div></li>
`;
}

/** The map lies below the picture: it is seen until that is there. */
function shot(options: CardOptions, path: string): Html {
  const { summary } = options;
  const drawn = drawnOf(options, path);
  const map = summary.bbox && extentMap(summary.bbox, "");
  if (drawn === undefined && map === undefined) return html`<span class="nowhere">no place on Earth</span>`;
  return html`${map}${drawn}`;
}

/** Of summaries that were shown: what is said of each is looked up once. */
const drawings = new WeakMap<DatasetSummary, { readonly drawn: Html | undefined }>();

function drawnOf({ summary, described, pictures }: CardOptions, path: string): Html | undefined {
  if (pictures === undefined) return undefined;
  const known = drawings.get(summary);
  if (known !== undefined) return known.drawn;
  const whole = described?.(summary);
  if (whole === undefined) return undefined;
  const drawn = picture(whole, pictures, path);
  drawings.set(summary, { drawn });
  return drawn;
}

function factsOf({ bbox, start, end, bytes, format, grid }: DatasetSummary): string[] {
  return [
    start !== undefined && end !== undefined ? formatPeriod(start, end) : undefined,
    bbox && extentText(bbox),
    grid === undefined ? undefined : `${grid} grid`,
    format,
    bytes === undefined ? undefined : formatBytes(bytes),
  ].filter((text) => text !== undefined);
}
