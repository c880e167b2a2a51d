import {
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  type StoredChunks,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { sliceRange, withinRange } from "../../byte-range.ts";
import { planChunkShape } from "../chunk-plan.ts";
import { damaged, type Hdf5Layout } from "../hdf5/index.ts";
import type { StoredCodecs } from "./stored-codecs.ts";
import { withTexts } from "./text-values.ts";
import type { VariableContext } from "./variable-context.ts";

type PlainLayout = Extract<Hdf5Layout, { kind: "compact" | "contiguous" }>;

/** Elements that lie in one piece, in the object's header or in the file: published in chunks of a useful size. */
export function plainSource(
  variable: VariableContext,
  layout: PlainLayout,
  codecs: StoredCodecs,
): ChunkSource {
  const { element, fill } = variable;
  const data = new PlainData(variable, layout, codecs);
  const source: ChunkSource = {
    dtype: element.dtype,
    grid: data.grid,
    fill,
    async read(index, options = {}) {
      const chunk = await data.decode(index, options);
      return chunk && withTexts(chunk, variable, options);
    },
  };
  return element.text === "none" ? { ...source, stored: storedChunks(variable, data, codecs) } : source;
}

class PlainData {
  readonly grid: ChunkGrid;
  readonly chunkBytes: number;
  /** Absent where the data lie in the object's header, or nowhere. */
  readonly start: number | undefined;
  readonly #variable: VariableContext;
  readonly #layout: PlainLayout;
  readonly #codecs: StoredCodecs;

  constructor(variable: VariableContext, layout: PlainLayout, codecs: StoredCodecs) {
    const { shape, dataset, isCoordinate, file } = variable;
    const itemBytes = dataset.type.size;
    this.grid = {
      shape,
      chunkShape: planChunkShape({ shape, itemBytes, isCoordinate, isInterleaved: false }),
    };
    this.chunkBytes = elementCount(this.grid.chunkShape) * itemBytes;
    const address = layout.kind === "contiguous" ? layout.address : undefined;
    this.start = address === undefined ? undefined : file.superblock.base + address;
    this.#variable = variable;
    this.#layout = layout;
    this.#codecs = codecs;
  }

  get isWritten(): boolean {
    return this.#layout.kind === "compact" || this.start !== undefined;
  }
  /** Where the elements of a chunk lie that are inside the array, relative to the first element. */
  extent(index: ChunkIndex): { readonly offset: number; readonly length: number } {
    const { shape, chunkShape } = this.grid;
    const itemBytes = this.#variable.dataset.type.size;
    const first = shape.reduce(
      (element, length, axis) => element * length + (index[axis] ?? 0) * (chunkShape[axis] ?? 1),
      0,
    );
    return { offset: first * itemBytes, length: elementCount(clippedShape(this.grid, index)) * itemBytes };
  }
  async bytes(offset: number, length: number, options: CallOptions): Promise<Uint8Array> {
    if (this.#layout.kind === "compact") {
      if (offset + length > this.#layout.data.length) throw damaged("a dataset is shorter than its shape");
      return this.#layout.data.subarray(offset, offset + length);
    }
    if (this.start === undefined) throw damaged("a dataset has no address");
    return this.#variable.file.access.read(this.start + offset, length, options);
  }
  async decode(index: ChunkIndex, options: CallOptions): Promise<Chunk | undefined> {
    if (!this.isWritten) return undefined;
    const { coder, element } = this.#variable;
    const { offset, length } = this.extent(index);
    const clipped = clippedShape(this.grid, index);
    const encoding = {
      dtype: element.storedType,
      grid: { shape: clipped, chunkShape: clipped },
      fill: null,
      codecs: this.#codecs.codecs,
    };
    return coder.decode(
      encoding,
      index.map(() => 0),
      await this.bytes(offset, length, options),
      options,
    );
  }
  /** The bytes of a full chunk; one that reaches past the array ends in fill values. */
  async padded(index: ChunkIndex, options: CallOptions): Promise<Uint8Array> {
    const { offset, length } = this.extent(index);
    const { fill, type } = this.#variable.dataset;
    const bytes = new Uint8Array(this.chunkBytes);
    if (fill instanceof Uint8Array && fill.length === type.size) {
      for (let at = length; at < bytes.length; at += fill.length) bytes.set(fill, at);
    }
    bytes.set(await this.bytes(offset, length, options));
    return bytes;
  }
}

function storedChunks(variable: VariableContext, data: PlainData, codecs: StoredCodecs): StoredChunks {
  const { access } = variable.file;
  const stat = {
    size: data.chunkBytes,
    ...(access.version === undefined ? {} : { version: access.version }),
  };
  return {
    grid: data.grid,
    codecs: codecs.codecs,
    async read(index, options = {}) {
      if (!data.isWritten) return undefined;
      const extent = data.extent(index);
      if (extent.length < data.chunkBytes)
        return sliceRange(await data.padded(index, options), options.range);
      const { offset, length } = withinRange(data.chunkBytes, options.range);
      return data.bytes(extent.offset + offset, length, options);
    },
    stat: async () => (data.isWritten ? stat : undefined),
    async locate(index) {
      const { offset, length } = data.extent(index);
      if (data.start === undefined || length < data.chunkBytes) return undefined;
      return { url: variable.location, offset: data.start + offset, length };
    },
  };
}
