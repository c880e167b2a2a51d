import type { Resource } from "@zarr-gateway/http";
import type { ChunkRequest, ChunkServices } from "./chunk-request.ts";
import { encodedChunk } from "./encoded-chunk.ts";
import { framedPassage, plainPassage } from "./passage.ts";
import { passedChunk } from "./passed-chunk.ts";
import { shardResource } from "./shard-resource.ts";

export function chunkResource(request: ChunkRequest, services: ChunkServices): Resource {
  const { origin } = request.publication;
  switch (origin.kind) {
    case "encoded":
      return encodedChunk(request, services);
    case "framed":
      return passedChunk(request, services, framedPassage(origin, request.index));
    case "sharded":
      return shardResource(request, origin, { ...services, chunkResource });
    case "stored":
      return passedChunk(request, services, plainPassage(origin.stored, request.index));
  }
}
