import type { CallOptions } from "@zarr-gateway/primitives";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import type { Link } from "../item/item.ts";
import type { CatalogContext } from "../item/item-assets.ts";
import { findRecords } from "./find-records.ts";
import type { SearchRequest } from "./search-request.ts";
import { selectFields } from "./select-fields.ts";
import { sortedPage } from "./sorted-page.ts";

export interface SearchParts {
  readonly state: CatalogState;
  readonly context: CatalogContext;
  /** Datasets that cannot be opened, of those that the client may see. */
  readonly failures: CatalogState["failures"];
  /** Whether the client may see it. */
  admits(id: string): Promise<boolean>;
  itemText(record: CatalogRecord, call: CallOptions): Promise<string | undefined>;
  /** Links of the answer; `token` is of the page that a link leads to. */
  links(pages: { readonly next: string | undefined; readonly previous: string | undefined }): readonly Link[];
}

/** Of more matches than this nobody is asked whether each may be seen: the count is of all. */
const MAX_CHECKED = 2000;

/** In an answer; the collection of all names more. */
const MAX_FAILURES = 100;

/** A page of items as GeoJSON. */
export async function searchAnswer(
  parts: SearchParts,
  request: SearchRequest,
  call: CallOptions,
): Promise<string> {
  const { matches, isChecked } = await visible(findRecords(parts.state, request), parts);
  const { offset, limit, fields } = request;
  const page = sortedPage(parts.state, matches, request);
  const features: string[] = [];
  for (const record of page) {
    if (!isChecked && !(await parts.admits(record.id))) continue;
    const text = await parts.itemText(record, call);
    if (text === undefined) continue;
    // parsed anew, since the text is shared
    features.push(
      fields === undefined
        ? text
        : JSON.stringify(selectFields(JSON.parse(text) as Record<string, unknown>, fields)),
    ); // an item as it was written
  }
  const end = offset + page.length;
  const links = parts.links({
    next: end < matches.length && page.length > 0 ? String(end) : undefined,
    previous: offset > 0 ? String(Math.max(0, offset - limit)) : undefined,
  });
  return `{"type":"FeatureCollection","features":[${features.join(",")}],"links":${JSON.stringify(links)},"numberMatched":${matches.length},"numberReturned":${features.length}${unavailable(parts, request)}}`;
}

/** Nobody knows whether what cannot be opened would have been found: it is named beside, on the first page. */
function unavailable({ failures }: SearchParts, { ids, offset }: SearchRequest): string {
  const meant = ids?.length ? failures.filter(({ id }) => ids.includes(id)) : failures;
  if (offset > 0 || meant.length === 0) return "";
  return `,"gateway:unavailable":${JSON.stringify(meant.slice(0, MAX_FAILURES))}`;
}

async function visible(
  found: Int32Array,
  { admits, state }: SearchParts,
): Promise<{ matches: Int32Array; isChecked: boolean }> {
  if (found.length > MAX_CHECKED) return { matches: found, isChecked: false };
  const ids = Array.from(found, (position) => state.records[position]?.id ?? "");
  const verdicts = await Promise.all(ids.map((id) => admits(id)));
  return { matches: found.filter((_, at) => verdicts[at]), isChecked: true };
}
