import "./pictures.ts";

// The list of datasets follows what one types: the server answers the same page, and its results are put in place.
const form = document.querySelector<HTMLFormElement>("form[role=search]");
const DELAY_MS = 150;
const FOLLOW_UP_MS = 2000;
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = new AbortController();

async function search(form: HTMLFormElement): Promise<void> {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") query.append(name, value);
  }
  const url = `${location.pathname}${query.size > 0 ? `?${query}` : ""}`;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal });
    if (!answer.ok) return; // the form still works as a form
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["results", "facets"]) {
      const [now, then] = [document.getElementById(id), page.getElementById(id)];
      if (now && then) now.replaceWith(then);
    }
    followUp(form);
    history.replaceState(undefined, "", url);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** While the server still looks at datasets, the list is asked for again; a search meanwhile comes first. */
function followUp(form: HTMLFormElement): void {
  if (!document.querySelector("#results[data-unknown]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => void search(form), FOLLOW_UP_MS);
}

if (form) followUp(form);
form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => void search(form), DELAY_MS);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  void search(form);
});
