import {
  type ArrayDescription,
  formatArrayV3,
  formatGroupV3,
  type JsonObject,
  membersV3,
} from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  type CodecSpec,
  type Dataset,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { formatJson } from "@zarr-gateway/primitives";
import { STEP_DIMENSION } from "./step-order.ts";

/** How results are stored. */
export interface ZarrLayout {
  /** `none`: as Earth2Studio stores them. */
  readonly compressor: "zstd" | "none";
  /** Lead times in one file; 1: each chunk is a file of its own. */
  readonly shard: number;
}

const ZSTD: CodecSpec = { name: "zstd", configuration: { level: 1, checksum: false } };
const LITTLE: CodecSpec = { name: "bytes", configuration: { endian: "little" } };

/** The encoding of one array; its grid is that of what is stored as one: shards, where there are any. */
export function resultEncoding({ dims, source }: Variable, { compressor, shard }: ZarrLayout): ArrayEncoding {
  const { dtype, grid, fill } = source;
  const serializer: CodecSpec = dtype === "string" ? { name: "vlen-utf8", configuration: {} } : LITTLE;
  const codecs = compressor === "none" ? [serializer] : [serializer, ZSTD];
  const axis = dims.indexOf(STEP_DIMENSION);
  if (shard <= 1 || axis < 0 || dims.length < 2) return { dtype, grid, fill, codecs };
  const chunkShape = grid.chunkShape.map((length, at) => (at === axis ? length * shard : length));
  const sharding: CodecSpec = {
    name: "sharding_indexed",
    configuration: {
      chunk_shape: grid.chunkShape,
      codecs,
      // no crc32c, which is a native package: processes of workflows may not load any
      index_codecs: [LITTLE],
      index_location: "end",
    },
  };
  return { dtype, grid: { shape: grid.shape, chunkShape }, fill, codecs: [sharding] };
}

/** All documents by key, the root's with those of all others in it. */
export function resultDocuments(dataset: Dataset, layout: ZarrLayout): Map<string, Uint8Array> {
  const describe = (variable: Variable): ArrayDescription => ({
    encoding: resultEncoding(variable, layout),
    dims: variable.dims,
    attrs: variable.attrs,
  });
  const documents = new Map<string, Uint8Array>();
  for (const [path, group] of walkGroups(dataset)) {
    const prefix = path.map((name) => `${name}/`).join("");
    const root = formatGroupV3(group.attrs, membersV3(group, describe));
    documents.set(`${prefix}zarr.json`, bytesOf(root));
    for (const [name, variable] of group.variables)
      documents.set(`${prefix}${name}/zarr.json`, bytesOf(formatArrayV3(describe(variable))));
  }
  return documents;
}

function bytesOf(document: JsonObject): Uint8Array {
  return Buffer.from(formatJson(document));
}
