import type { ChunkIndex } from "@zarr-gateway/dataset";

/** How the key of a chunk is spelled below its array: `c/0/1` is `default` with `/`, `0.1` is `v2` with `.`. */
export interface ChunkKeyEncoding {
  readonly name: "default" | "v2";
  readonly separator: "/" | ".";
}

export function formatChunkKey({ name, separator }: ChunkKeyEncoding, index: ChunkIndex): string {
  if (name === "default") return ["c", ...index].join(separator);
  return index.length === 0 ? "0" : index.join(separator);
}
