import type { CallOptions } from "@zarr-gateway/primitives";
import type { RandomAccess } from "../random-access.ts";

export interface PagedOptions {
  readonly pageBytes?: number;
  /** Pages kept, least recently used out first. */
  readonly maxPages?: number;
}

/** 64 KiB: most structure of an HDF5 file lies in a few such pages, and one costs little more than one small read. */
const PAGE_BYTES = 64 * 1024;
const MAX_PAGES = 64;

/**
 * Remembers what was read, page by page, so that a reader may follow small structures at no cost per step.
 * Reads of more than two pages go straight through and are not kept.
 */
export function paged(access: RandomAccess, options: PagedOptions = {}): RandomAccess {
  const pageBytes = options.pageBytes ?? PAGE_BYTES;
  const maxPages = options.maxPages ?? MAX_PAGES;
  const pages = new Map<number, Promise<Uint8Array>>();

  const page = (number: number): Promise<Uint8Array> => {
    const known = pages.get(number);
    if (known) {
      pages.delete(number); // moves it to the end: the first is always the least recently used
      pages.set(number, known);
      return known;
    }
    const offset = number * pageBytes;
    // no caller's signal: other callers wait for the same page
    const read = access.read(offset, Math.min(pageBytes, access.size - offset));
    pages.set(number, read);
    read.catch(() => pages.delete(number));
    for (const [oldest] of pages) {
      if (pages.size <= maxPages) break;
      pages.delete(oldest);
    }
    return read;
  };

  return {
    ...access,
    async read(offset, length, call: CallOptions = {}) {
      call.signal?.throwIfAborted();
      if (length <= 0 || length > 2 * pageBytes || offset < 0 || offset + length > access.size) {
        return access.read(offset, length, call);
      }
      const first = Math.floor(offset / pageBytes);
      const last = Math.floor((offset + length - 1) / pageBytes);
      const start = offset - first * pageBytes;
      if (first === last) return (await page(first)).subarray(start, start + length);
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (let number = first; number <= last; number += 1) {
        const from = number === first ? start : 0;
        const piece = (await page(number)).subarray(from, from + length - filled);
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes;
    },
  };
}
