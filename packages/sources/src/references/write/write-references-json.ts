import type { Dataset, DatasetWarning } from "@zarr-gateway/dataset";
import { formatJson, GatewayError } from "@zarr-gateway/primitives";
import {
  indexAt,
  planReferences,
  referencesOf,
  type WriteReferencesOptions,
  type WrittenReference,
} from "./plan-references.ts";

export interface WrittenJson {
  readonly text: string;
  readonly warnings: readonly DatasetWarning[];
}

/** A text of this length opens in fsspec, slowly; more is for Parquet. */
const MAX_LENGTH = 256 * 1024 * 1024;
const BATCH = 4096;

/**
 * The chunks of a dataset as a kerchunk reference set, JSON of version 1.
 * @throws GatewayError unsupported when it becomes too long for JSON
 */
export async function writeReferencesJson(
  dataset: Dataset,
  options: WriteReferencesOptions,
): Promise<WrittenJson> {
  const { documents, arrays, warnings } = planReferences(dataset, options);
  const lines: string[] = [];
  let length = 0;
  const add = (key: string, value: string): void => {
    const line = `${JSON.stringify(key)}:${value}`;
    length += line.length + 2;
    if (length > MAX_LENGTH)
      throw new GatewayError("unsupported", "the reference set is too large for JSON: write it as Parquet");
    lines.push(line);
  };
  for (const [key, document] of documents) add(key, JSON.stringify(formatJson(document)));
  for (const array of arrays) {
    const { path, counts } = array;
    const total = counts.reduce((product, count) => product * count, 1);
    for (let start = 0; start < total; start += BATCH) {
      const end = Math.min(total, start + BATCH);
      const found = await referencesOf(array, { start, end }, options);
      for (const [position, reference] of found.entries()) {
        if (reference) add(keyOf(path, indexAt(counts, start + position)), formatReference(reference));
      }
    }
  }
  return { text: `{"version":1,"refs":{\n${lines.join(",\n")}\n}}\n`, warnings };
}

function keyOf(path: string, index: readonly number[]): string {
  const name = index.length === 0 ? "0" : index.join(".");
  return path === "" ? name : `${path}/${name}`;
}

function formatReference(reference: WrittenReference): string {
  return "bytes" in reference
    ? JSON.stringify(`base64:${Buffer.from(reference.bytes).toString("base64")}`)
    : JSON.stringify([reference.target, reference.offset, reference.length]);
}
