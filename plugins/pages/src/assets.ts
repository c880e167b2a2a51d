/** Style sheet of all pages; light and dark set their own background. */
export const STYLE = `
:root { --fg: #1b1f24; --bg: #fff; --soft: #f3f5f7; --line: #d5dae0; --link: #0a5bb5; --bad: #a4161a; }
@media (prefers-color-scheme: dark) {
  :root { --fg: #e4e8ec; --bg: #14171a; --soft: #1e2328; --line: #39414a; --link: #7ab8ff; --bad: #ff8a8a; }
}
html { background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
a { color: var(--link); }
h1, h2, h3 { line-height: 1.2; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .75rem; overflow-x: auto; }
code, pre, td.value { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.value { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.failed, .warning { color: var(--bad); }
.quiet { opacity: .75; }
input[type=search] { font: inherit; width: 100%; max-width: 30rem; padding: .4rem .6rem; color: inherit;
  background: var(--soft); border: 1px solid var(--line); border-radius: 4px; }
li[hidden] { display: none; }
`;

/** Filters the list of datasets while one types. Without JavaScript the whole list stays. */
export const SEARCH_SCRIPT = `
const input = document.querySelector("input[type=search]");
const count = document.querySelector("[data-count]");
input?.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of document.querySelectorAll("li[data-id]")) {
    item.hidden = !words.every((word) => item.dataset.id.toLowerCase().includes(word));
    if (!item.hidden) shown += 1;
  }
  if (count) count.textContent = String(shown);
});
`;

/** A chunk grid with one chunk filled, for the browser's tab. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="6" fill="#0a5bb5"/>
<path d="M6 6h8v8H6zM18 6h8v8h-8zM6 18h8v8H6z" fill="none" stroke="#fff" stroke-width="2"/>
<path d="M17 17h10v10H17z" fill="#fff"/>
</svg>
`;
