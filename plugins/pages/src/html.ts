/** Text that is HTML already; everything else is escaped when it is put into a page. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | bigint | undefined | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return visible(String(part)).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Characters that no reader sees, but that turn, hide or end what stands beside them, as their numbers. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; tab and line feed stay
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => (character === "\r" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** The beginning of a text, and that there is more; attributes of a megabyte exist. */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).toWellFormed()}… (${text.length} characters)`;
}

/** Template tag: escapes what is put in, unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, literal, i) => text + render(parts[i - 1]) + literal));
}

/** A name with places to break the line at, after the signs that part its words. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[._/@,-])/).map((part, position) => (position === 0 ? part : html`<wbr>${part}`))}`;
}

export interface PageOptions {
  readonly title: string;
  /** Bar at the top of pages below the first. */
  readonly site?: { readonly title: string; readonly plugins: ReadonlySet<string> };
  /** From the page's URL to the server's root, `../../`. */
  readonly root: string;
  /** Name of the page's script below `/pages/`. */
  readonly script: string;
  /** More of the head. */
  readonly head?: Html | undefined;
  readonly body: Html;
}

/** A whole page. Scripts and styles come from the server itself, so that a strict Content-Security-Policy holds. */
export function page({ title, site, root, script, head, body }: PageOptions): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${root}pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}pages/style.css">
<script src="${root}pages/${script}" type="module"></script>
${head}</head>
<body>
<a class="skip" href="#main">to the content</a>
${site && siteBar(site, root)}${body}
</body>
</html>
`.text;
}

function siteBar({ title, plugins }: NonNullable<PageOptions["site"]>, root: string): Html {
  const links = [
    ["stac", "stac", "STAC"],
    ["intake", "intake.yaml", "Intake"],
    ["zarr", "docs", "API"],
  ].filter(([plugin = ""]) => plugins.has(plugin));
  return html`<header class="site"><nav aria-label="site">
<a class="brand" href="${root}"><img src="${root}pages/icon.svg" alt="" width="26" height="26">${title}</a>
<span>${links.map(([, href, text]) => html`<a href="${root}${href}">${text}</a>\n`)}</span>
</nav></header>
`;
}
