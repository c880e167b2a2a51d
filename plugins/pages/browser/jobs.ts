// The pages of jobs follow what happens: the server answers the same page again, and its parts are put in place.
document.documentElement.classList.add("scripted");
const LIST_MS = 2000;
const IDLE_MS = 10_000;
const REFRESH_MS = 500;
const MAX_LOG = 500_000;
const main = document.querySelector<HTMLElement>("main[data-job]");
const problem = document.getElementById("problem");

/** Puts the section of this id in place as the server has it now. */
async function refresh(id: string): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.status === 404 && main) return say("This job was removed.");
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, then] = [document.getElementById(id), page.getElementById(id)];
  if (!now || !then) return;
  // who is on a button or a link stays on it
  const focused = now.contains(document.activeElement) ? document.activeElement : null;
  const key = focused instanceof HTMLElement ? selectorOf(focused) : undefined;
  now.replaceWith(then);
  document.title = page.title;
  if (key !== undefined) then.querySelector<HTMLElement>(key)?.focus();
}

function selectorOf(element: HTMLElement): string | undefined {
  const { action, href } = element.dataset;
  if (action !== undefined && href !== undefined)
    return `[data-action="${CSS.escape(action)}"][data-href="${CSS.escape(href)}"]`;
  const link = element.getAttribute("href");
  return link === null ? undefined : `a[href="${CSS.escape(link)}"]`;
}

function say(text: string): void {
  if (problem) problem.textContent = text;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-action]") : null;
  if (button) void act(button);
});

async function act(button: HTMLElement): Promise<void> {
  const { action = "", href = "" } = button.dataset;
  if (action === "delete" && !confirm("Remove this job, its results and its logs?")) return;
  say("");
  const isRemoval = action === "delete";
  const answer = await fetch(isRemoval ? href : `${href}/${action}`, {
    method: isRemoval ? "DELETE" : "POST",
  });
  if (!answer.ok) {
    const { detail } = (await answer.json()) as { detail?: string }; // problem+json
    return say(detail ?? `the server answered ${answer.status}`);
  }
  const list = document.querySelector<HTMLAnchorElement>(".crumbs a");
  if (isRemoval && list) return location.assign(list.href);
  if (main) watch(main.dataset["job"] ?? "");
  await refresh(main ? "job" : "jobs");
}

let events: EventSource | undefined;
let following: AbortController | undefined;

/** Follows one job until it has ended. */
function watch(job: string): void {
  events?.close();
  let isAsked = false;
  const soon = (): void => {
    if (isAsked) return;
    isAsked = true;
    setTimeout(() => {
      isAsked = false;
      void refresh("job");
    }, REFRESH_MS);
  };
  events = new EventSource(`${job}/events`);
  for (const name of [
    "step_started",
    "step_progressed",
    "step_succeeded",
    "step_failed",
    "step_cancelled",
    "step_handed_back",
    "step_requeued",
    "job_cancelled",
    "job_state_changed",
  ])
    events.addEventListener(name, soon);
  events.addEventListener("end", () => {
    events?.close();
    soon();
  });
  void follow(job);
}

async function follow(job: string): Promise<void> {
  const log = document.getElementById("log");
  if (!log) return;
  following?.abort();
  following = new AbortController();
  const { signal } = following;
  try {
    const { body } = await fetch(`${job}/logs?follow&tail=300`, { signal });
    if (!body) return;
    log.textContent = "";
    for (const reader = body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
      log.append(value);
      if ((log.textContent?.length ?? 0) > MAX_LOG)
        log.textContent = log.textContent?.slice(-MAX_LOG / 2) ?? "";
      if (isAtEnd) log.scrollTop = log.scrollHeight;
    }
  } catch {
    if (!signal.aborted) say("The log could not be followed; reload the page.");
  }
}

function look(): void {
  const isOpen = document.querySelector("#jobs[data-open]") !== null;
  setTimeout(
    () => {
      const round = document.visibilityState === "visible" ? refresh("jobs") : Promise.resolve();
      void round.catch(() => undefined).then(look); // the server may be away for a while
    },
    isOpen ? LIST_MS : IDLE_MS,
  );
}

if (main && document.querySelector("#job[data-open]")) watch(main.dataset["job"] ?? "");
if (!main) look();
const log = document.getElementById("log");
if (log) log.scrollTop = log.scrollHeight;
