import { type Html, html } from "./html.ts";

export interface PageOptions {
  readonly title: string;
  /** Bar at the top of pages below the first. */
  readonly site?: { readonly title: string; readonly plugins: ReadonlySet<string> };
  /** From the page's URL to the server's root, `../../`. */
  readonly root: string;
  /** Name of the page's script below `/pages/`; none where it needs none. */
  readonly script?: string;
  /** More of the head. */
  readonly head?: Html | undefined;
  readonly body: Html;
}

/**
 * A whole page in the frame that all pages share; its style is that of the plugin `pages`. Scripts and styles come from the server itself, so that a
 * strict Content-Security-Policy holds.
 */
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
${script === undefined ? undefined : html`<script src="${root}pages/${script}" type="module"></script>\n`}${head}</head>
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
    ["jobs-api", "jobs", "Jobs"],
    ["zarr", "docs", "API"],
  ].filter(([plugin = ""]) => plugins.has(plugin));
  return html`<header class="site"><nav aria-label="site">
<a class="brand" href="${root}"><img src="${root}pages/icon.svg" alt="" width="26" height="26">${title}</a>
<span>${links.map(([, href, text]) => html`<a href="${root}${href}">${text}</a>\n`)}</span>
</nav></header>
`;
}
