import { type JobRecord, jobState, type StepRecord, type TaskRecord, taskState } from "@zarr-gateway/jobs";
import { breakable, type Html, html, page, shortened } from "@zarr-gateway/plugin";
import { jobSummary, type ViewContext } from "../api/job-view.ts";
import { HIDDEN_DEFINITIONS } from "../webhooks/webhook-job.ts";
import { actions, isOpen, lengthOf, progressBar, type ShownProgress, stateBadge, timeText } from "./parts.ts";
import { resultsSection, type ShownResults } from "./shown-results.ts";

export interface JobPage {
  readonly site: { readonly title: string; readonly plugins: ReadonlySet<string> };
  readonly root: string;
  readonly job: JobRecord;
  readonly context: ViewContext;
  /** The last lines. */
  readonly log: string;
  readonly results: ShownResults | undefined;
}

const MAX_TASKS = 200;
const MAX_PARAMETERS = 20_000;

interface Shown {
  readonly progress: ShownProgress;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly expiresAt?: string;
  readonly expiredAt?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly step: string };
}

/** `/jobs/{id}` */
export function jobPage({ site, root, job, context, log, results }: JobPage): string {
  const state = jobState(job);
  const shown = jobSummary(job, context) as unknown as Shown; // its own fields
  const api = `${root}v1/jobs/${job.id}`;
  return page({
    title: `${job.definition} · ${state} · ${site.title}`,
    site,
    root,
    script: "jobs.js",
    body: html`<main id="main" class="job top" data-job="${api}">
<p class="crumbs"><a href="${root}jobs">Jobs</a> / ${breakable(job.id)}</p>
<section id="job"${isOpen(state) ? html` data-open` : undefined}>
<h1>${breakable(job.definition)} ${stateBadge(state)}</h1>
${isOpen(state) || state === "succeeded" ? progressBar("Progress", shown.progress) : undefined}
${shown.error && html`<p class="failed">${shown.error.step}: ${shown.error.message}</p>`}
<p>${actions(api, state)}</p>
<dl class="facts">
${job.owner === "" ? undefined : fact("Owner", breakable(job.owner))}${fact("Submitted", timeText(shown.createdAt))}${fact("Began", timeText(shown.startedAt))}${fact("Ended", timeText(shown.endedAt))}${fact("Results until", timeText(shown.expiresAt))}${fact("Results removed", timeText(shown.expiredAt))}</dl>
${results && resultsSection(results, job, root)}
<h2>Steps</h2>
${job.tasks.slice(0, MAX_TASKS).map((task) => taskTable(task, context))}
${job.tasks.length > MAX_TASKS ? html`<p class="quiet">${job.tasks.length - MAX_TASKS} more tasks are in <a href="${api}">the whole record</a>.</p>` : undefined}
</section>
<p id="problem" class="failed" role="alert"></p>
<h2>Log</h2>
<pre id="log" tabindex="0" role="region" aria-label="Log">${log}</pre>
<p class="quiet"><a href="${api}/logs">the whole log</a> · <a href="${api}">the record as JSON</a></p>
${
  HIDDEN_DEFINITIONS.has(job.definition)
    ? undefined
    : html`<h2>Parameters</h2>
<pre tabindex="0" role="region" aria-label="Parameters">${shortened(JSON.stringify(job.params, undefined, 2), MAX_PARAMETERS)}</pre>`
}
</main>`,
  });
}

function fact(name: string, value: Html | undefined): Html | undefined {
  return value && html`<dt>${name}</dt><dd>${value}</dd>\n`;
}

function taskTable(task: TaskRecord, context: ViewContext): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Steps of ${task.key}"><table><caption>${task.key} · ${taskState(task)}</caption>
<thead><tr><th scope="col">Step</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Time</th><th scope="col">News</th></tr></thead>
<tbody>
${task.steps.map((step) => stepRow(step, context))}</tbody></table></div>
`;
}

function stepRow(step: StepRecord, { hide, now }: ViewContext): Html {
  const last = step.attempts.at(-1);
  const seconds = last === undefined ? undefined : ((last.endedAt ?? now) - last.startedAt) / 1000;
  const news = step.error?.message ?? step.progress?.message ?? "";
  const percent =
    step.state === "running" && step.progress ? `${Math.round(step.progress.fraction * 100)} % ` : "";
  return html`<tr><th scope="row">${step.name}</th><td>${stateBadge(step.state)}</td><td>${step.attempts.length}</td>
<td>${seconds === undefined ? "" : lengthOf(seconds)}</td><td>${percent}${shortened(hide(news), 300)}</td></tr>
`;
}
