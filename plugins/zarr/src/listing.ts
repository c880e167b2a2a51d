import { type Dataset, groupAt } from "@zarr-gateway/dataset";

export interface Listing {
  readonly title: string;
  /** Names below this node; folders end in "/". */
  readonly entries: readonly string[];
}

/** What stands below a group or array, or undefined where there is neither. */
export function listNode(
  root: Dataset,
  path: readonly string[],
  documents: { readonly group: readonly string[]; readonly array: readonly string[] },
): Listing | undefined {
  const title = `/${path.join("/")}`;
  const group = groupAt(root, path);
  if (group) {
    const children = [...group.groups.keys(), ...group.variables.keys()].map((name) => `${name}/`);
    return { title, entries: [...documents.group, ...children] };
  }
  const parent = groupAt(root, path.slice(0, -1));
  return parent?.variables.has(path.at(-1) ?? "") ? { title, entries: documents.array } : undefined;
}

/**
 * A directory index as web servers write it: fsspec and GDAL read the links, which are relative.
 * @param base where the links start, for a page whose own URL does not end in a slash
 */
export function formatListing({ title, entries }: Listing, base?: string): string {
  const links = entries.map((entry) => {
    const href = entry.endsWith("/")
      ? `${encodeURIComponent(entry.slice(0, -1))}/`
      : encodeURIComponent(entry);
    return `<li><a href="${href}">${escapeHtml(entry)}</a></li>`;
  });
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    base === undefined ? "" : `<base href="${encodeURIComponent(base)}/">`,
    `<title>${escapeHtml(title)}</title></head>\n<body><h1>${escapeHtml(title)}</h1>\n<ul>\n`,
    links.join("\n"),
    "\n</ul></body></html>\n",
  ].join("");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
