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
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Template tag: escapes what is put in, unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, literal, i) => text + render(parts[i - 1]) + literal));
}

export interface PageOptions {
  readonly title: string;
  /** From the page's URL to the server's root, `../../`. */
  readonly root: string;
  readonly body: Html;
}

/** A whole page. Scripts and styles come from the server itself, so that a strict Content-Security-Policy holds. */
export function page({ title, root, body }: PageOptions): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${root}pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}pages/style.css">
<script src="${root}pages/search.js" defer></script>
</head>
<body>
${body}
</body>
</html>
`.text;
}
