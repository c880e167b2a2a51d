import { fileURLToPath } from "node:url";
import {
  type Chunk,
  type ChunkGrid,
  type ChunkSource,
  clippedShape,
  elementCount,
  isStringValues,
} from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import { planChunkShape } from "../chunk-plan.ts";
import { indexedChunks } from "./chunk-tables.ts";
import type { LibrarySlice } from "./library-task.ts";
import type { VariableContext } from "./variable-context.ts";

const READ_SLICE: WorkerTask<LibrarySlice, Chunk["values"]> = {
  module: siblingModule(import.meta.url, "library-task"),
  name: "readSlice",
};
/** The memory of the library never shrinks and ends at 2 GiB. */
const MAX_SLICE_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** Elements of text count as so many bytes. */
const TEXT_BYTES = 64;

/** Why the HDF5 library cannot read a variable for us, or undefined when it can. */
export function libraryObstacle(variable: VariableContext): string | undefined {
  if (variable.location.protocol !== "file:")
    return "the HDF5 library, which is needed for it, reads local files only";
  if (variable.element.dtype === "float16") return "its filters cannot be undone for 16-bit floats";
  const grid = libraryGrid(variable);
  const bytes = elementCount(grid.chunkShape) * itemBytes(variable);
  return bytes > MAX_SLICE_BYTES ? `its chunks have ${bytes} bytes` : undefined;
}

/** Chunks decoded by the HDF5 library in a worker thread: rare filters, odd number formats, virtual datasets. */
export function librarySource(variable: VariableContext): ChunkSource {
  const { element, fill, dataset } = variable;
  const grid = libraryGrid(variable);
  const chunks =
    dataset.layout.kind === "chunked" ? indexedChunks(dataset, dataset.layout, variable.shape) : undefined;
  return {
    dtype: element.dtype,
    grid,
    fill,
    async read(index, options = {}) {
      if (chunks && !(await variable.tables.find(chunks, index, options))) return undefined;
      const shape = clippedShape(grid, index);
      const slice = planSlice(variable, grid, index);
      const { pool, file } = variable;
      const values = await pool
        .run(READ_SLICE, slice, { ...options, timeoutMs: TIMEOUT_MS })
        .catch((error: unknown) => Promise.reject(brokenDown(error, slice)));
      // the library opens the path anew: what it read may be of a later version
      if ((await file.access.isCurrent?.(options)) === false) {
        throw new GatewayError("upstream", "the file has changed while it was open, try again", {
          changed: true,
        });
      }
      if (isStringValues(values) !== (element.dtype === "string")) {
        throw new GatewayError("upstream", `the HDF5 library gives other values than ${element.dtype}`);
      }
      return { shape, values };
    },
  };
}

/** The thread ends itself where the library broke down; that is the file's fault. */
function brokenDown(error: unknown, { dataset }: LibrarySlice): unknown {
  if (!isGatewayError(error) || error.code !== "internal") return error;
  return new GatewayError("upstream", `the HDF5 library broke down on "${dataset}"`, {}, error);
}

function itemBytes({ element, dataset }: VariableContext): number {
  return element.text === "none" ? dataset.type.size : TEXT_BYTES;
}

function libraryGrid(variable: VariableContext): ChunkGrid {
  const { shape, dataset, isCoordinate } = variable;
  if (dataset.layout.kind === "chunked") return { shape, chunkShape: dataset.layout.chunkShape };
  return {
    shape,
    chunkShape: planChunkShape({ shape, itemBytes: itemBytes(variable), isCoordinate, isInterleaved: false }),
  };
}

/** The dataset may end before the variable does; what lies between reads as fill. */
function planSlice(variable: VariableContext, grid: ChunkGrid, index: readonly number[]): LibrarySlice {
  const { element, fill, dataset, location, path } = variable;
  const shape = clippedShape(grid, index);
  const start = index.map((position, axis) => position * (grid.chunkShape[axis] ?? 1));
  const stored = shape.map((length, axis) =>
    Math.min(length, (dataset.space.shape[axis] ?? 0) - (start[axis] ?? 0)),
  );
  const { dtype, padded } = element;
  const box = { start, stored, shape, fill, ...(padded && { padded }) };
  return { file: fileURLToPath(location), dataset: path, dtype, ...box };
}
