import type { TemporalExtent } from "@zarr-gateway/dataset";
import type { DescribedDataset } from "@zarr-gateway/plugin";
import { extentText } from "./extent-map.ts";
import { folded } from "./folded.ts";
import { type Html, html, shortened } from "./html.ts";
import { dayOf, formatBytes, formatLength, formatPeriod, formatStep } from "./sizes.ts";

const MAX_FACT = 300;
const FOLDING = { shown: 160, most: 3000, className: "text" };
const MAX_KEYWORDS = 30;

/** What, when and where in large; below it who, and how old. */
export function facts(described: DescribedDataset): Html {
  return html`<div class="about">${tiles(described)}${details(described)}</div>`;
}

interface Tile {
  readonly term: string;
  readonly value: string;
  readonly note: string;
}

function tiles({ description, format }: DescribedDataset): Html {
  const { space, time, bytes, variables } = description;
  const data = variables.filter(({ isCoordinate }) => !isCoordinate).length;
  const all: (Tile | undefined)[] = [
    {
      term: "What",
      value: `${data} ${data === 1 ? "variable" : "variables"}`,
      note: [formatBytes(bytes), "before compression"].join(" "),
    },
    time && {
      term: "When",
      value: formatPeriod(time.start, time.end),
      note: [
        forecastNote(time) ?? stepNote(time.step),
        time.isApproximate ? `${time.calendar} calendar` : undefined,
      ]
        .filter((text) => text !== undefined)
        .join(", "),
    },
    space && { term: "Where", value: extentText(space.bbox), note: `${space.grid} grid` },
    format === undefined ? undefined : { term: "From", value: format, note: "served as Zarr" },
  ];
  return html`<dl class="tiles">
${all.map(
  (tile) =>
    tile &&
    html`<div><dt>${tile.term}</dt><dd>${shortened(tile.value, MAX_FACT)}${tile.note === "" ? undefined : html`<span>${tile.note}</span>`}</dd></div>\n`,
)}</dl>`;
}

function stepNote(step: string | undefined): string | undefined {
  return step === undefined ? undefined : `every ${formatStep(step)}`;
}

/** `5 forecasts, one every day; up to 10 days each, every hour`. */
function forecastNote({ forecast }: TemporalExtent): string | undefined {
  if (forecast === undefined) return undefined;
  const { reference, lead } = forecast;
  const starts = [
    reference.count === 1 ? `one forecast, from ${dayOf(reference.first)}` : `${reference.count} forecasts`,
    reference.step === undefined ? undefined : `one every ${formatStep(reference.step)}`,
  ];
  const reach =
    lead.first === lead.last ? `after ${formatLength(lead.last)}` : `up to ${formatLength(lead.last)}`;
  const joined = (texts: readonly (string | undefined)[]): string =>
    texts.filter((text) => text !== undefined).join(", ");
  return `${joined(starts)}; ${joined([reach, stepNote(lead.step)])}`;
}

function details({ description, version, modified }: DescribedDataset): Html | undefined {
  const { license, providers, citation, doi, keywords } = description;
  const rows: readonly (readonly [string, Html | string | undefined])[] = [
    ["Made by", providers.map(({ name }) => name).join(", ") || undefined],
    ["License", license],
    ["Cite", citation],
    ["DOI", doi && html`<a href="https://doi.org/${doi}" rel="external">${doi}</a>`],
    ["Keywords", keywords.slice(0, MAX_KEYWORDS).join(", ") || undefined],
    [
      "Changed",
      modified &&
        html`<time datetime="${modified}">${modified.replace("T", " ").replace("Z", " UTC")}</time>`,
    ],
    ["Version", version && html`<code>${shortened(version, 80)}</code>`],
  ];
  const known = rows.filter(([, value]) => value !== undefined && value !== "");
  if (known.length === 0) return undefined;
  return html`<dl class="facts">
${known.map(([term, value]) => html`<dt>${term}</dt><dd>${typeof value === "string" ? folded(value, FOLDING) : value}</dd>\n`)}</dl>`;
}
