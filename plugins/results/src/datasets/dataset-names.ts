/** What lies at the top of a result and can be a dataset: stores first, so that they go before files of the same stem. */
export function datasetFiles(paths: readonly string[]): string[] {
  const stores = new Set<string>();
  const files = new Set<string>();
  for (const path of paths) {
    const [top = "", inside] = path.split("/", 2);
    if (inside !== undefined && isMarker(path, top)) stores.add(top);
    else if (inside === undefined && /^[A-Za-z0-9][A-Za-z0-9_-]*\.nc4?$/.test(top)) files.add(top);
  }
  return [...stores]
    .sort()
    .concat([...files].sort())
    .slice(0, MAX_DATASETS);
}

/** Of one job: the main one and some more. */
const MAX_DATASETS = 64;

function isMarker(path: string, top: string): boolean {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*\.zarr$/.test(top)) return false;
  const name = path.slice(top.length + 1);
  return name === "zarr.json" || name === ".zgroup" || name === ".zarray";
}

/** A dataset of a job: `{job}` is its main one, `{job}.{stem}` any. A job's own id has no dots. */
export interface JobDatasetId {
  readonly job: string;
  readonly stem: string | undefined;
}

export function parseDatasetId(id: string): JobDatasetId | undefined {
  const [, job, stem] =
    /^([A-Za-z0-9][A-Za-z0-9_-]{0,127})(?:\.([A-Za-z0-9][A-Za-z0-9_-]*))?$/.exec(id) ?? [];
  return job === undefined ? undefined : { job, stem };
}

/** The file or store that an id means; undefined where the result has none. */
export function fileOf({ stem }: JobDatasetId, names: readonly string[]): string | undefined {
  if (stem !== undefined) return names.find((name) => stemOf(name) === stem);
  return (
    names.find((name) => name === "results.zarr") ?? names.find((name) => name === "results.nc") ?? names[0]
  );
}

/** Ids of all datasets of a job, the main one first. */
export function datasetIds(job: string, names: readonly string[]): string[] {
  const main = fileOf({ job, stem: undefined }, names);
  const others = names.filter((name) => name !== main).map((name) => `${job}.${stemOf(name)}`);
  return main === undefined ? [] : [job, ...new Set(others)];
}

function stemOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}
