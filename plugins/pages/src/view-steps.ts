import { datasetSegment } from "./address.ts";
import { type Html, html, shortened } from "./html.ts";

/** A dataset that is computed from another, as its id says it. */
export interface ViewSteps {
  readonly base: string;
  /** In the order in which they are done: `sel(lat=20:70)`, `mean(time)`. */
  readonly steps: readonly string[];
}

/** undefined for the id of a dataset that is no view. An `@` inside parentheses belongs to another dataset. */
export function viewStepsOf(id: string): ViewSteps | undefined {
  const start = id.indexOf("@");
  if (start < 1) return undefined;
  const steps: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = from; at <= id.length; at += 1) {
    const sign = id[at];
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (sign !== undefined && (sign !== "@" || depth > 0)) continue;
    if (at > from) steps.push(id.slice(from, at));
    from = at + 1;
  }
  return { base: id.slice(0, start), steps };
}

const WORDS: Readonly<Record<string, string>> = {
  sel: "what lies between labels",
  isel: "chosen by position",
  nearest: "the nearest place",
  vars: "these variables alone",
  mean: "mean over",
  min: "smallest over",
  max: "largest over",
  sum: "sum over",
  std: "standard deviation over",
  var: "variance over",
  median: "median over",
  count: "number of values over",
  first: "first along",
  last: "last along",
  wmean: "mean by cell area over",
  groupby: "grouped",
  resample: "in other steps of time",
  anomaly: "distance from the usual",
  rolling: "over a moving window",
  minus: "difference from another dataset",
  chunk: "in other chunks, the same values",
  round: "rounded, to be smaller on the wire",
  regrid: "on a regular grid",
};
const WITH_DIMENSIONS = /(?:over|along)$/;

/** What was done to which dataset, each state a link; undefined where nothing was. @param datasets from the page to `/datasets/` */
export function viewChain(id: string, datasets: string): Html | undefined {
  const view = viewStepsOf(id);
  if (view === undefined) return undefined;
  const link = (to: string): string => `${datasets}${datasetSegment(to)}/`;
  const items = view.steps.map((step, position) => {
    const state = [view.base, ...view.steps.slice(0, position + 1)].join("@");
    const text = html`<code>${shortened(step, 200)}</code>`;
    const isLast = position === view.steps.length - 1;
    return html`<li>${isLast ? html`<span aria-current="page">${text}</span>` : html`<a href="${link(state)}">${text}</a>`} <span class="quiet">${wordsOf(step)}</span></li>\n`;
  });
  return html`<section class="view" aria-label="how this view is made">
<p>A view: computed from another dataset when it is read.</p>
<ol class="steps">
<li><a href="${link(view.base)}"><code>${shortened(view.base, 200)}</code></a> <span class="quiet">the dataset</span></li>
${items}</ol></section>
`;
}

function wordsOf(step: string): string {
  const [, name = "", dims = ""] = /^([a-z]+)\(?([^)=]*)/.exec(step) ?? [];
  const words = Object.hasOwn(WORDS, name) ? (WORDS[name] ?? "") : "";
  if (!WITH_DIMENSIONS.test(words)) return words;
  return dims === "" ? `${words} every dimension` : `${words} ${dims.replaceAll(",", ", ")}`;
}
