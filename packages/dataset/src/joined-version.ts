import { hash } from "node:crypto";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";
import type { ChunkIndex, ChunkSource, ChunkVersion } from "./chunk-source.ts";

const MAX_CONCURRENT = 8;

/** Version of what is made of several chunks; undefined where nobody can tell that of one of them. */
export async function joinedVersion(
  source: Pick<ChunkSource, "version">,
  indices: readonly ChunkIndex[],
  options: CallOptions = {},
): Promise<ChunkVersion | undefined> {
  const versions = await mapConcurrently(indices, MAX_CONCURRENT, async (index) =>
    source.version?.(index, options),
  );
  let modifiedAt: number | undefined = 0;
  const texts: string[] = [];
  for (const one of versions) {
    if (one === undefined) return undefined;
    modifiedAt =
      one.modifiedAt === undefined || modifiedAt === undefined
        ? undefined
        : Math.max(modifiedAt, one.modifiedAt);
    texts.push(one.version);
  }
  const version =
    texts.length === 1 && texts[0] !== undefined ? texts[0] : hash("sha1", texts.join("\n"), "base64url");
  return { version, ...(modifiedAt !== undefined && { modifiedAt }) };
}
