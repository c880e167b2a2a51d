import { type Html, html } from "./html.ts";
import type { Snippet } from "./snippets.ts";

/** One snippet at a time, chosen by radio buttons: it needs no script. */
export function snippetTabs(all: readonly Snippet[]): Html {
  const items = all.map(
    (
      { name, title, text },
      position,
    ) => html`<input type="radio" name="snippet" id="choose-${name}"${position === 0 ? html` checked` : undefined}><label for="choose-${name}">${title}</label>
<div class="snippet"><button type="button" data-copy="snippet-${name}" hidden>copy</button>
<pre id="snippet-${name}" data-snippet="${name}" tabindex="0" aria-label="${title}">${text}</pre></div>
`,
  );
  return html`<section aria-labelledby="open"><h2 id="open">Open it</h2>
<div class="snippets" role="radiogroup" aria-labelledby="open">
${items}</div></section>`;
}
