import type { ChunkIndex, ChunkSource } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import type { KeptIn } from "./kept-chunks.ts";
import type { PartSeries } from "./part-series.ts";

/** Sources laid one after the other along one axis. Parts are asked for when they are needed: there may be many. */
export interface ConcatenationParts extends AssemblyServices {
  readonly axis: number;
  /** Which elements of each part are used along the axis. */
  readonly series: PartSeries;
  /** True where all parts have the type, chunks and length of the first: then only that one is looked at. */
  readonly areAlike?: boolean;
  /** Cheap: what it knows of itself is known without reading. */
  part(position: number): ChunkSource;
}

/** Where a chunk of the whole lies: in which part, and there at which index. */
export interface PartChunk {
  readonly source: ChunkSource;
  readonly index: ChunkIndex;
}

/** What chunks are put together with where they do not lie as they are wanted. */
export interface AssemblyServices {
  /** Where large chunks are put together; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
  /** Where chunks of a part are kept of which several chunks need something. */
  readonly keptOf?: ((position: number) => KeptIn) | undefined;
}
