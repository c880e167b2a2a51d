import { breakable, type Html, html, page } from "@zarr-gateway/plugin";
import { actions, isOpen, progressBar, type ShownProgress, stateBadge, timeText } from "./parts.ts";

export interface JobsPage {
  readonly site: { readonly title: string; readonly plugins: ReadonlySet<string> };
  readonly root: string;
  /** As `/v1/jobs` lists them. */
  readonly jobs: readonly object[];
  /** Query of the next page. */
  readonly next: string | undefined;
  readonly query: URLSearchParams;
  readonly definitions: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What of an entry of the list is shown. */
interface Entry {
  readonly id: string;
  readonly definition: string;
  readonly state: string;
  readonly createdAt: string;
  readonly progress: ShownProgress;
  readonly error?: { readonly message: string };
}

const STATES = ["queued", "running", "succeeded", "partially_succeeded", "failed", "cancelled", "expired"];

/** `/jobs` */
export function jobsPage({ site, root, jobs, next, query, definitions }: JobsPage): string {
  const entries = jobs as readonly Entry[]; // jobSummary makes them
  return page({
    title: `Jobs · ${site.title}`,
    site,
    root,
    script: "jobs.js",
    body: html`<main id="main" class="jobs top">
<h1>Jobs</h1>
<form role="search" method="get" action="${root}jobs" class="search">
<label class="wide"><span>Search</span><input type="search" name="text" value="${query.get("text") ?? ""}" placeholder="id, definition, parameter" autocomplete="off" maxlength="200"></label>
<label><span>State</span>${select("state", STATES, query)}</label>
<label><span>Definition</span>${select("definition", definitions, query)}</label>
<button>Search</button>
</form>
<section id="jobs" aria-live="off"${entries.some(({ state }) => isOpen(state)) ? html` data-open` : undefined}>
${entries.length === 0 ? html`<p class="none">No job here is like that.</p>` : undefined}
<ul class="joblist">
${entries.map((entry) => item(entry, root))}</ul>
${next === undefined ? undefined : html`<nav class="pager" aria-label="pages"><a href="${root}jobs${next}" rel="next">older →</a></nav>`}
</section>
<p id="problem" class="failed" role="alert"></p>
</main>`,
  });
}

function select(name: string, values: readonly string[], query: URLSearchParams): Html {
  const chosen = query.get(name) ?? "";
  const all = values.includes(chosen) || chosen === "" ? values : [...values, chosen];
  return html`<select name="${name}"><option value="">all</option>
${all.map((value) => html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${value.replaceAll("_", " ")}</option>\n`)}</select>`;
}

function item({ id, definition, state, createdAt, progress, error }: Entry, root: string): Html {
  return html`<li data-id="${id}">
<div class="who"><h2><a href="${root}jobs/${id}">${breakable(definition)}</a></h2>
<p class="quiet"><code>${breakable(id)}</code> · ${timeText(createdAt)}</p></div>
<div class="how">${stateBadge(state)}
${isOpen(state) ? progressBar(`Progress of ${id}`, progress) : undefined}
${error && html`<p class="failed">${error.message.slice(0, 300)}</p>`}</div>
${actions(`${root}v1/jobs/${id}`, state)}
</li>
`;
}
