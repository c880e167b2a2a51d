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

const WEB_ADDRESS = /\bhttps?:\/\/[\w.-]+(?::\d+)?(?:\/[\w./%#?&=~+@:-]*)?/g;

/** Web addresses in a text as links; a full stop at the end belongs to the sentence. */
export function linked(text: string): Html {
  const parts: (Html | string)[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(WEB_ADDRESS)) {
    const address = found.replace(/[.:]+$/, "");
    parts.push(text.slice(from, index), html`<a href="${address}" rel="external nofollow">${address}</a>`);
    from = index + address.length;
  }
  return html`${parts}${text.slice(from)}`;
}
