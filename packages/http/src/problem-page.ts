import { hash } from "node:crypto";
import { parseWeights } from "./accept.ts";

/** What a person reads of a failure. */
export interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId?: string;
}

const STYLE = `html { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 44rem; margin: 12vh auto; padding: 0 1.25rem; overflow-wrap: anywhere; }
h1 { line-height: 1.2; margin: 0 0 .5rem; }
p { margin: .5rem 0; }
small { opacity: .75; }`;

/** Nothing runs and nothing is loaded; the page's own style alone is let in, by its digest. */
export const PROBLEM_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Browsers name HTML and like it best; programs name JSON, or nothing. */
export function prefersHtml(accept: string | null | undefined): boolean {
  if (!accept?.includes("text/html")) return false;
  const weights = parseWeights(accept);
  const html = weights.get("text/html") ?? 0;
  return ["application/json", "application/problem+json"].every((type) => html > (weights.get(type) ?? 0));
}

export function problemPage({ status, title, detail, requestId }: ProblemText): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${status} ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(detail)}</p>
<p><small>Status ${status}${requestId === undefined ? "" : `, request ${escaped(requestId)}`}</small></p>
</main>
</body>
</html>
`;
}

/** Without characters that turn or hide what stands beside them. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
