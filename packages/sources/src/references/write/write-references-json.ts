import { type Dataset, type DatasetWarning, indexAt } from "@zarr-gateway/dataset";
import { formatJson, GatewayError } from "@zarr-gateway/primitives";
import {
  chunkTotal,
  type PlannedArray,
  planReferences,
  type ReferencePlan,
  referencesOf,
  type WriteReferencesOptions,
  type WrittenReference,
} from "./plan-references.ts";

export interface WrittenJson {
  /** The text in pieces, in order, made while they are taken. */
  readonly parts: AsyncIterable<string>;
  readonly warnings: readonly DatasetWarning[];
}

export interface WriteJsonOptions extends WriteReferencesOptions {
  /** Positions of all chunk grids together: each is asked for, whether a chunk is there or not. */
  readonly maxChunks?: number;
}

/** A text of this length opens in fsspec, slowly; more is for Parquet. */
const MAX_LENGTH = 256 * 1024 * 1024;
const BATCH = 4096;

/**
 * The chunks of a dataset as a kerchunk reference set, JSON of version 1.
 * @throws GatewayError unsupported when it would be, or becomes, too long for JSON
 */
export function writeReferencesJson(dataset: Dataset, options: WriteJsonOptions): WrittenJson {
  const plan = planReferences(dataset, options);
  const total = plan.arrays.reduce((sum, array) => sum + chunkTotal(array), 0);
  if (total > (options.maxChunks ?? Number.POSITIVE_INFINITY)) {
    const message = `${total} chunks are too many for JSON (${options.maxChunks} at most): take Parquet`;
    throw new GatewayError("unsupported", message);
  }
  return { parts: partsOf(plan, total, options), warnings: plan.warnings };
}

async function* partsOf(
  { documents, arrays }: ReferencePlan,
  total: number,
  options: WriteJsonOptions,
): AsyncGenerator<string> {
  const lines = [...documents].map(([key, document]) => line(key, JSON.stringify(formatJson(document))));
  let part = `{"version":1,"refs":{\n${lines.join(",\n")}`;
  let length = 0;
  let done = 0;
  for (const array of arrays) {
    for await (const { text, count } of linesOf(array, options)) {
      length += part.length;
      if (length > MAX_LENGTH)
        throw new GatewayError("unsupported", "the reference set is too large for JSON: take Parquet");
      yield part;
      part = text;
      done += count;
      options.onProgress?.(done, total);
    }
  }
  yield `${part}\n}}\n`;
}

async function* linesOf(
  array: PlannedArray,
  options: WriteJsonOptions,
): AsyncGenerator<{ readonly text: string; readonly count: number }> {
  const { path, counts } = array;
  const total = chunkTotal(array);
  for (let start = 0; start < total; start += BATCH) {
    const end = Math.min(total, start + BATCH);
    let text = "";
    for (const [position, reference] of (await referencesOf(array, { start, end }, options)).entries()) {
      if (reference)
        text += `,\n${line(keyOf(path, indexAt(counts, start + position)), formatReference(reference))}`;
    }
    yield { text, count: end - start };
  }
}

function line(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
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
