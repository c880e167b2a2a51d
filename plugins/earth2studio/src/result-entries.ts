import type { EntryRange, JobRecord, JobResults, ResultEntry } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";

/** Read from the manifest at once; about 2 MB of text. */
const PAGE = 10_000;

/** Entries of a range of the manifest, page by page. */
export async function* resultEntries(
  { job, results }: { readonly job: JobRecord; readonly results: JobResults },
  { offset, limit }: EntryRange,
  options: CallOptions,
): AsyncGenerator<readonly ResultEntry[]> {
  for (let at = offset; at < offset + limit; ) {
    const page = { offset: at, limit: Math.min(PAGE, offset + limit - at) };
    const entries = (await results.manifest(job, page, options))?.entries ?? [];
    if (entries.length === 0) return;
    yield entries;
    at += entries.length;
  }
}

/** `?offset=&limit=`; without them all entries, as the Python client needs them. undefined: not numbers. */
export function askedRange(query: Readonly<Record<string, string | undefined>>): EntryRange | undefined {
  const offset = wholeNumber(query["offset"], 0);
  const limit = wholeNumber(query["limit"], Number.MAX_SAFE_INTEGER / 2);
  return offset === undefined || limit === undefined ? undefined : { offset, limit };
}

function wholeNumber(text: string | undefined, fallback: number): number | undefined {
  if (text === undefined) return fallback;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
