import { createHash } from "node:crypto";
import { PROBLEMS } from "@zarr-gateway/http";
import type { OpenApiDocument } from "./openapi.ts";

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;
padding:0 1rem;background:light-dark(#fff,#16181c);color:light-dark(#1a1c20,#e6e8eb)}code{font:14px ui-monospace,monospace}
h2{margin-top:2rem;border-bottom:1px solid #8886}dt{margin-top:.8rem}dd{margin:0 0 0 1.5rem}b{display:inline-block;min-width:4rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}`;

/** Nothing from another origin, no script at all. */
export const DOCS_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`;

/** `/docs`: the OpenAPI document as one page, grouped by tag. */
export function docsPage(document: OpenApiDocument, baseUrl: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = document.tags.map(({ name }) => {
    const rows = operations.filter(({ operation }) => operation.tags[0] === name);
    return `<h2>${escaped(name)}</h2><dl>${rows
      .map(
        ({ path, method, operation }) =>
          `<dt><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code></dt><dd>${prose(operation.summary)}${
            operation.description === undefined ? "" : `<br>${prose(operation.description)}`
          }</dd>`,
      )
      .join("")}</dl>`;
  });
  const problems = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr><td>${status}</td><td><code>${code}</code></td><td>${escaped(title)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(document.info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(document.info.title)} ${escaped(document.info.version)}</h1><p>${prose(document.info.description ?? "")}</p>
<p><a href="${escaped(baseUrl)}/openapi.json">openapi.json</a></p>${sections.join("")}
<h2>Errors</h2><table><tr><th>Status</th><th>Code</th><th>Meaning</th></tr>${problems.join("")}</table></body></html>`;
}

/** Text in which backticks mark code, as OpenAPI has it. */
function prose(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, position) => (position % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part)))
    .join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
