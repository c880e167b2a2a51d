/** A name as a view takes it: quoted where it holds more than letters, digits, dots and dashes. */
export function viewName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) ? name : `"${name}"`;
}

/** `air@vars(tas)@mean(time)`. */
export function viewId(base: string, steps: readonly string[]): string {
  return [base, ...steps].join("@");
}

/** Path of a dataset from the root, where it may stand in a URL; fsspec reads "::" as its own. */
export function datasetPath(id: string): string {
  return `datasets/${encodeURIComponent(id).replaceAll("%40", "@").replaceAll("%2C", ",").replaceAll("%3D", "=")}`;
}
