const TIMES = 16; // as many of each as make_data.py writes
const SAMPLES = 4096;

/** Stored chunks that pass through, by the words of the report. */
export const PASS_THROUGH = {
  "metadata (zarr.json)": ["/datasets/era/zarr/zarr.json"],
  "chunk of about 42 KB, 16 in turn": paths("/datasets/era/zarr/small/c/{}/0/0", 16),
  "chunk of about 42 KB, 4096 in turn": paths("/datasets/era/zarr/small/c/{}/0/0", SAMPLES),
  "chunk of about 2.5 MB": paths("/datasets/era/zarr/large/c/{}/0/0", TIMES),
} as const;

/** Two stored chunks each, decoded and encoded as one. */
export const RE_ENCODED = {
  "re-encoded chunk of 115 KB": paths("/datasets/rechunked/zarr/small/c/{}/0/0", SAMPLES / 2),
  "re-encoded chunk of 8.3 MB": paths("/datasets/rechunked/zarr/large/c/{}/0/0", TIMES / 2),
} as const;

function paths(template: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => template.replace("{}", String(number)));
}
