import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { FillValue } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import type { Hdf5Dataset, Hdf5File } from "../hdf5/index.ts";
import type { ChunkTables } from "./chunk-tables.ts";
import type { ElementType } from "./element-type.ts";

/** What the sources of one file share. */
export interface FileContext {
  readonly file: Hdf5File;
  readonly tables: ChunkTables;
  readonly coder: ChunkCoder;
  readonly pool: WorkerPool;
  readonly location: URL;
}

/** One variable, ready to be given a source. */
export interface VariableContext extends FileContext {
  readonly dataset: Hdf5Dataset;
  /** Its path in the file. */
  readonly path: string;
  readonly element: ElementType;
  readonly fill: FillValue | null;
  /** As netCDF shows it: along unlimited dimensions it may be longer than the dataset. */
  readonly shape: readonly number[];
  /** One-dimensional and named like its dimension. */
  readonly isCoordinate: boolean;
}
