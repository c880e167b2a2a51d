import type { Context } from "hono";
import { htmlResource } from "./documents.ts";
import { hasTrailingSlash, rawPath } from "./request-target.ts";
import type { Resource } from "./resource.ts";

export interface DirectoryListing {
  readonly title: string;
  /** Names below this folder; folders end in "/". */
  readonly entries: readonly string[];
  /** What a person should know, a line each, below a heading. */
  readonly notes?: { readonly heading: string; readonly lines: readonly string[] };
}

/**
 * A directory index as web servers write it: fsspec and GDAL find the children of a folder by its links, which are
 * relative to the folder, also where it was asked without a slash at the end.
 */
export function listingResource(c: Context, listing: DirectoryListing): Resource {
  const base = hasTrailingSlash(c.req.raw) ? undefined : rawPath(c.req.raw.url).split("/").at(-1);
  return htmlResource(() => formatListing(listing, base));
}

function formatListing({ title, entries, notes }: DirectoryListing, base: string | undefined): string {
  const heading = escapeHtml(title);
  const links = entries.map((entry) => {
    const href = entry.split("/").map(encodeURIComponent).join("/");
    return `<li><a href="${href}">${escapeHtml(entry)}</a></li>`;
  });
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    base === undefined ? "" : `<base href="${escapeHtml(base)}/">`,
    `<title>${heading}</title></head>\n<body><h1>${heading}</h1>\n<ul>\n${links.join("\n")}\n</ul>\n`,
    notes === undefined || notes.lines.length === 0 ? "" : formatNotes(notes.heading, notes.lines),
    "</body></html>\n",
  ].join("");
}

function formatNotes(heading: string, lines: readonly string[]): string {
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("\n");
  return `<h2>${escapeHtml(heading)}</h2>\n<ul>\n${items}\n</ul>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
