/** Printable ASCII without `%` and `\`: what nearly every request has. */
const PLAIN = /^\/[!-$&-[\]-~]*$/;
const DOT_OR_EMPTY_SEGMENT = /\/(?:\.{1,2})?(?=\/)|\/\.{1,2}$/;
const CONTROL_OR_BACKSLASH = /[\p{Cc}\\]/u;
const DATASETS = "/datasets/";
/** Below it stand files of jobs, whose names anybody may have chosen: `/v1/jobs/{id}/results/…`, `/v1/infer/{name}/{id}/results/…`. */
const JOB_FILES = /^\/v1\/(?:[^/]+\/){2,3}results\/(?=[^/])/;
const ZARR_SUFFIX = ".zarr";

/**
 * The path that routes are matched against, decided once for all of them: without a slash at the end, decoded as Hono
 * decodes, `/datasets/{id}.zarr/…` as `/datasets/{id}/zarr/…`.
 * undefined: encoded slashes but in a view (`/datasets/air@let(x=a%2Fb)`), backslashes, NUL, empty or dot segments, broken
 * encoding. Such a path names nothing. Files of jobs alone may be asked with encoded slashes and dot segments: their
 * routes refuse what leaves the folder, in the words of the client.
 */
export function routePathOf(rawPath: string): string | undefined {
  const files = JOB_FILES.exec(rawPath)?.[0];
  if (files !== undefined) return filePathOf(files, rawPath.slice(files.length));
  const path = PLAIN.test(rawPath) ? rawPath : decoded(rawPath);
  if (path === undefined || DOT_OR_EMPTY_SEGMENT.test(path)) return undefined;
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return trimmed.startsWith(DATASETS) ? withStoreSegment(trimmed) : trimmed;
}

function filePathOf(folder: string, file: string): string | undefined {
  const before = routePathOf(folder);
  const plain = decodedSegment(file);
  if (before === undefined || plain === undefined) return undefined;
  if (CONTROL_OR_BACKSLASH.test(plain) || file.includes("//")) return undefined;
  // as Hono does: its parameter is decoded when it is read
  const path = decodeURI(file.replaceAll("%25", "%2525"));
  return `${before}/${path.endsWith("/") ? path.slice(0, -1) : path}`;
}

/** No slash before the view. */
const VIEW_OF_DATASET = /^[^/@]+@/;

function decoded(rawPath: string): string | undefined {
  if (!rawPath.startsWith("/")) return undefined;
  const mayView = rawPath.startsWith(DATASETS);
  for (const [position, segment] of rawPath.split("/").entries()) {
    const plain = decodedSegment(segment);
    if (plain === undefined || plain === "." || plain === "..") return undefined;
    if (plain.includes("/") && !(mayView && position === 2 && VIEW_OF_DATASET.test(plain))) return undefined;
    if (CONTROL_OR_BACKSLASH.test(plain)) return undefined;
  }
  // as Hono does: reserved characters and `%25` stay encoded until a parameter is read
  return decodeURI(rawPath.replaceAll("%25", "%2525"));
}

function decodedSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // URIError: not percent-encoded UTF-8
  }
}

/** xarray opens a URL without being told the engine only when the path ends in `.zarr`. */
function withStoreSegment(path: string): string {
  const start = DATASETS.length;
  const slash = path.indexOf("/", start);
  const end = slash < 0 ? path.length : slash;
  if (end - start <= ZARR_SUFFIX.length || !path.startsWith(ZARR_SUFFIX, end - ZARR_SUFFIX.length))
    return path;
  return `${path.slice(0, end - ZARR_SUFFIX.length)}/zarr${path.slice(end)}`;
}

const DATASET_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}(?:@[^\p{Cc}]*)?$/u;

/** An id of the configuration, or one with a view, which is for others to understand: `air`, `air@mean(time)`. */
export function isDatasetId(id: string): boolean {
  return DATASET_ID.test(id);
}
