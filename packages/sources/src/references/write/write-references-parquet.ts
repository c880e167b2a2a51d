import { zstdCompressSync } from "node:zlib";
import type { Dataset, DatasetWarning } from "@zarr-gateway/dataset";
import { formatJson } from "@zarr-gateway/primitives";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  chunkTotal,
  planReferences,
  type ReferencePlan,
  referencesOf,
  type WriteReferencesOptions,
  type WrittenReference,
} from "./plan-references.ts";

export interface WriteParquetOptions extends WriteReferencesOptions {
  /** References in a file: more mean fewer files, but more to read for a chunk. */
  readonly recordSize?: number;
}

export interface WrittenParquet {
  /** Files by their name below the folder of the set, made one after the other; `.zmetadata`, which makes it a set, is the last. */
  readonly files: AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array }>;
  readonly warnings: readonly DatasetWarning[];
}

/** fsspec's own. */
const RECORD_SIZE = 10_000;

/** The chunks of a dataset as a kerchunk reference set in Parquet, as fsspec's LazyReferenceMapper reads it. */
export function writeReferencesParquet(dataset: Dataset, options: WriteParquetOptions): WrittenParquet {
  const plan = planReferences(dataset, options);
  return { files: filesOf(plan, options), warnings: plan.warnings };
}

async function* filesOf(
  { documents, arrays }: ReferencePlan,
  options: WriteParquetOptions,
): AsyncGenerator<{ readonly name: string; readonly bytes: Uint8Array }> {
  const recordSize = options.recordSize ?? RECORD_SIZE;
  const all = arrays.reduce((sum, array) => sum + chunkTotal(array), 0);
  let done = 0;
  for (const array of arrays) {
    const total = chunkTotal(array);
    const folder = array.path === "" ? "" : `${array.path}/`;
    // also files without a single reference: fsspec walks through all of them
    for (let start = 0; start < total; start += recordSize) {
      const end = Math.min(total, start + recordSize);
      const references = await referencesOf(array, { start, end }, options);
      yield { name: `${folder}refs.${start / recordSize}.parq`, bytes: formatRecord(references) };
      done += end - start;
      options.onProgress?.(done, all);
    }
  }
  const metadata = { metadata: Object.fromEntries(documents), record_size: BigInt(recordSize) };
  yield { name: ".zmetadata", bytes: new TextEncoder().encode(formatJson(metadata)) };
}

function formatRecord(references: readonly (WrittenReference | undefined)[]): Uint8Array {
  const targets = references.map((reference) => (reference && "target" in reference ? reference : undefined));
  const inline = references.map((reference) =>
    reference && "bytes" in reference ? reference.bytes : undefined,
  );
  const buffer = parquetWriteBuffer({
    columnData: [
      { ...COLUMN, name: "path", type: "STRING", data: targets.map((target) => target?.target) },
      { ...PLACE, name: "offset", type: "INT64", data: targets.map((target) => BigInt(target?.offset ?? 0)) },
      { ...PLACE, name: "size", type: "INT64", data: targets.map((target) => BigInt(target?.length ?? 0)) },
      { ...COLUMN, name: "raw", type: "BYTE_ARRAY", data: inline },
    ],
    codec: "ZSTD",
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    rowGroupSize: Math.max(1, references.length),
    createdBy: "zarr-gateway",
  });
  return new Uint8Array(buffer);
}

const COLUMN = { nullable: true, statistics: false, offsetIndex: false };
/** fastparquet takes integers for floats unless the statistics say that none is missing. */
const PLACE = { nullable: false, statistics: true, offsetIndex: false };
