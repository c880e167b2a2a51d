import { hash } from "node:crypto";
import { type ChunkIndex, walkGroups } from "@zarr-gateway/dataset";
import { respondStreamed } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { publicTarget, type WriteJsonOptions, writeReferencesJson } from "@zarr-gateway/sources";
import type { Context } from "hono";
import type { RawServices } from "./raw-chunk.ts";

export interface ReferenceServices extends RawServices {
  /** Base of links in the answer to a request, without a slash at the end. */
  baseUrl(request: Request): string;
  /** False: nobody is told where the source's files lie. */
  readonly sourceTargets: boolean;
}

/** Positions of chunk grids in one document: each has to be looked up. */
const MAX_CHUNKS = 2_000_000;
/** Others are written into the document, so that it has all coordinates. */
const MAX_INLINE_BYTES = 1024 * 1024;

/** The kerchunk reference set of an open dataset, made while it is sent. */
export async function answerReferences(
  c: Context<DatasetEnv>,
  services: ReferenceServices,
): Promise<Response> {
  const { dataset, datasetId } = c.var;
  const targets = c.req.query("targets") ?? "gateway";
  if (targets !== "gateway" && targets !== "source")
    throw new GatewayError("invalid_request", `"targets" is "gateway" or "source", not "${targets}"`);
  if (targets === "source" && !services.sourceTargets)
    throw new GatewayError("forbidden", "this server does not tell where the chunks of its sources lie");
  const base = `${services.baseUrl(c.req.raw)}/datasets/${encodeURIComponent(datasetId)}/kerchunk`;
  const place: Partial<WriteJsonOptions> =
    targets === "source"
      ? { targets: publicTarget }
      : { served: (path: string, index: ChunkIndex) => `${base}/${escaped(path)}/${nameOf(index)}` };
  const options = {
    coder: services.coder,
    maxChunks: MAX_CHUNKS,
    maxInlineBytes: MAX_INLINE_BYTES,
    ...place,
  };
  if (targets === "source") await assertPublic(c);
  const { version, immutable } = dataset;
  return respondStreamed(c, {
    contentType: "application/json",
    cacheControl: immutable === true ? "public, max-age=31536000, immutable" : "no-cache",
    etag: version === undefined ? undefined : hash("sha1", `${version} ${targets} ${base}`, "base64url"),
    parts: ({ signal }) => writeReferencesJson(dataset, { ...options, signal }).parts,
  });
}

/**
 * Judges the first chunk of each variable, before the answer has begun: sources lie in one place mostly.
 * @throws GatewayError forbidden
 */
async function assertPublic(c: Context<DatasetEnv>): Promise<void> {
  const { signal } = c.req.raw;
  for (const [, { variables }] of walkGroups(c.var.dataset)) {
    for (const { source } of variables.values()) {
      const first = source.stored?.grid.shape.map(() => 0) ?? [];
      const location = await source.stored?.locate?.(first, { signal });
      if (location && location.url.protocol !== "data:") publicTarget(location.url);
    }
  }
}

function escaped(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function nameOf(index: ChunkIndex): string {
  return index.length === 0 ? "0" : index.join(".");
}
