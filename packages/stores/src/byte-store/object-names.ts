import { isStoreKey } from "../store-key.ts";

/** One page of a listing: whole keys, folders with "/" at the end. */
export interface ListedPage {
  readonly names: Iterable<string>;
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/** Most names of one folder; a listing past it is broken off by its reader long before. */
const MAX_PAGES = 10_000;

/**
 * Names directly below a prefix, of all pages. Left out is what no key of a store can name: the folder's own marker,
 * and names with empty parts.
 */
export async function* namesBelow(
  prefix: string,
  page: (next: string | undefined) => Promise<ListedPage>,
): AsyncGenerator<string, void, undefined> {
  let next: string | undefined;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const listed = await page(next);
    for (const whole of listed.names) {
      const name = whole.startsWith(prefix) ? whole.slice(prefix.length) : "";
      if (isStoreKey(name.endsWith("/") ? name.slice(0, -1) : name)) yield name;
    }
    next = listed.next;
    if (next === undefined) return;
  }
}
