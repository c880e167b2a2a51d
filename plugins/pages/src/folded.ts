import { type Html, html, shortened } from "./html.ts";

export interface Folding {
  /** Characters that are seen at once. */
  readonly shown: number;
  /** Characters at most when it is opened. */
  readonly most: number;
  /** Class of the element. */
  readonly className: string;
}

/** A long text whose end is seen when one asks for it; it needs no script. */
export function folded(text: string, { shown, most, className }: Folding): Html {
  if (text.length <= shown) return html`<div class="${className}">${linked(text)}</div>`;
  const space = text.lastIndexOf(" ", shown);
  const cut = space > shown / 2 ? space : shown;
  return html`<details class="${className}"><summary>${text.slice(0, cut).toWellFormed()}<span class="more">…</span></summary>
${linked(shortened(text.slice(cut).toWellFormed(), most))}</details>`;
}

/** Everything that RFC 3986 has in addresses, but for quotes, asterisks and square brackets, which texts put around them. */
const WEB_ADDRESS = /\bhttps?:\/\/[\w.-]+(?::\d+)?(?:[/?#](?:[,;](?!https?:)|[\w./%#?&=~+@:!$()-])*)?/g;
const STOPS = /[.,:;!?]+$/;

/** Web addresses in a text as links; stops at the end and brackets that were opened before belong to the sentence. */
export function linked(text: string): Html {
  const parts: (Html | string)[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(WEB_ADDRESS)) {
    const address = addressIn(found);
    parts.push(text.slice(from, index), html`<a href="${address}" rel="external nofollow">${address}</a>`);
    from = index + address.length;
  }
  return html`${parts}${text.slice(from)}`;
}

/** Without what only stands behind: a bracket stays where the address opens it, as many old DOIs do. */
function addressIn(found: string): string {
  let open = 0;
  for (const [at, character] of [...found].entries()) {
    if (character === "(") open += 1;
    if (character !== ")") continue;
    if (open === 0) return found.slice(0, at).replace(STOPS, "");
    open -= 1;
  }
  return (open > 0 ? found.slice(0, found.lastIndexOf("(")) : found).replace(STOPS, "");
}
