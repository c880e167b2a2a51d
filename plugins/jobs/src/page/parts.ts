import type { JobState } from "@zarr-gateway/jobs";
import { type Html, html, shortened } from "@zarr-gateway/plugin";

/** What the pages show of a progress. */
export interface ShownProgress {
  readonly fraction: number;
  readonly message?: string | undefined;
  readonly remainingSeconds?: number | undefined;
}

const OPEN: ReadonlySet<string> = new Set<JobState>([
  "queued",
  "planning",
  "running",
  "publishing",
  "cancelling",
]);

/** Whether something may still happen. */
export function isOpen(state: string): boolean {
  return OPEN.has(state);
}

export function stateBadge(state: string): Html {
  return html`<span class="state" data-state="${state}">${state.replaceAll("_", " ")}</span>`;
}

export function progressBar(label: string, { fraction, message, remainingSeconds }: ShownProgress): Html {
  const percent = Math.round(fraction * 1000) / 10;
  const rest =
    remainingSeconds === undefined ? undefined : html` · about ${lengthOf(remainingSeconds)} to go`;
  return html`<div class="progress"><progress max="100" value="${percent}" aria-label="${label}">${percent} %</progress>
<span class="quiet">${percent} %${rest}${message === undefined ? undefined : html` · ${shortened(message, 200)}`}</span></div>`;
}

/** Seconds as a person says them. */
export function lengthOf(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 86_400)} d`;
}

export function timeText(iso: string | undefined): Html | undefined {
  return iso === undefined
    ? undefined
    : html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
}

/** Buttons work with the script alone. */
export function actions(href: string, state: string): Html {
  const canCancel = isOpen(state) && state !== "cancelling";
  const canRetry = state === "failed" || state === "partially_succeeded";
  return html`<span class="actions">
${canCancel ? html`<button type="button" data-action="cancel" data-href="${href}">Cancel</button>` : undefined}
${canRetry ? html`<button type="button" data-action="retry" data-href="${href}">Retry</button>` : undefined}
${isOpen(state) ? undefined : html`<button type="button" data-action="delete" data-href="${href}">Delete</button>`}
</span>`;
}
