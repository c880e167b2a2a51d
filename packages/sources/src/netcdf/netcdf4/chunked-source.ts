import {
  type ArrayEncoding,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  elementCount,
  type PendingChunk,
  type StoredChunks,
} from "@zarr-gateway/dataset";
import { type CallOptions, siblingModule, type WorkerTask } from "@zarr-gateway/primitives";
import { sliceRange, withinRange } from "../../byte-range.ts";
import { type ChunkEntry, type ChunkedLayout, damaged } from "../hdf5/index.ts";
import { type IndexedChunks, indexedChunks } from "./chunk-tables.ts";
import type { StoredCodecs } from "./stored-codecs.ts";
import { withTexts } from "./text-values.ts";
import { type Packed, type Packing, unpack } from "./unpack-task.ts";
import type { VariableContext } from "./variable-context.ts";

/** Stored bytes of one chunk, without a checksum at their end. */
interface Piece extends ChunkEntry {
  /** Filters that were skipped, also those that this layout never runs on chunks at the border. */
  readonly skipped: number;
}
const ALL_FILTERS = 0xffffffff;
/** Smaller chunks are unpacked in about a millisecond. */
const WORTH_A_TRIP_BYTES = 256 * 1024;
const UNPACK: WorkerTask<Packed, Uint8Array> = {
  module: siblingModule(import.meta.url, "unpack-task"),
  name: "unpack",
};

/** Chunks of a file whose filters have codecs: they go out as they lie there, or are decoded. */
export function chunkedSource(
  variable: VariableContext,
  layout: ChunkedLayout,
  codecs: StoredCodecs,
): ChunkSource {
  const { element, fill, shape } = variable;
  const chunks = new StoredPieces(variable, layout, codecs);
  const source: ChunkSource = {
    dtype: element.dtype,
    grid: chunks.grid,
    fill,
    async read(index, options = {}) {
      const chunk = await chunks.decode(index, options);
      return chunk && withTexts(chunk, variable, options);
    },
    ...(element.text === "none" && { readPending: (index, options = {}) => chunks.pending(index, options) }),
  };
  const isPassed = element.text === "none" && shape.length > 0 && codecs.canPassOn;
  return isPassed ? { ...source, stored: storedChunks(variable, chunks, codecs) } : source;
}

class StoredPieces {
  readonly grid: ChunkGrid;
  readonly #variable: VariableContext;
  readonly #layout: ChunkedLayout;
  readonly #codecs: StoredCodecs;
  readonly #indexed: IndexedChunks;

  constructor(variable: VariableContext, layout: ChunkedLayout, codecs: StoredCodecs) {
    this.grid = { shape: variable.shape, chunkShape: layout.chunkShape };
    this.#variable = variable;
    this.#layout = layout;
    this.#codecs = codecs;
    this.#indexed = indexedChunks(variable.dataset, layout, variable.shape);
  }

  async find(index: ChunkIndex, options: CallOptions): Promise<Piece | undefined> {
    const entry = await this.#variable.tables.find(this.#indexed, index, options);
    if (!entry) return undefined;
    const isBare = this.#layout.leavesEdgesUnfiltered && this.#reachesPast(index);
    const skipped = isBare ? ALL_FILTERS : entry.filterMask;
    const size = entry.size - this.#codecs.trailerBytes(skipped);
    if (size < 0) throw damaged(`a chunk of ${entry.size} bytes`);
    return { ...entry, size, skipped };
  }
  async decode(index: ChunkIndex, options: CallOptions): Promise<Chunk | undefined> {
    const found = await this.#encoded(index, options);
    return found && this.#variable.coder.decode(found.encoding, index, found.bytes, options);
  }
  async pending(index: ChunkIndex, options: CallOptions): Promise<Chunk | PendingChunk | undefined> {
    const found = await this.#encoded(index, options);
    if (!found) return undefined;
    const { coder, path } = this.#variable;
    const pending = coder.pending(found.encoding, index, found.bytes);
    if (pending) return { ...pending, label: `chunk [${index.join(", ")}] of "${path}"` };
    return coder.decode(found.encoding, index, found.bytes, options);
  }
  async #encoded(
    index: ChunkIndex,
    options: CallOptions,
  ): Promise<{ readonly encoding: ArrayEncoding; readonly bytes: Uint8Array } | undefined> {
    const piece = await this.find(index, options);
    if (!piece) return undefined;
    const stored = await this.#variable.file.access.read(piece.offset, piece.size, options);
    const packing = this.#codecs.packing(piece.skipped);
    const bytes = packing ? await this.#unpacked(packing, stored, options) : stored;
    return { encoding: this.encoding(piece.skipped), bytes };
  }
  encoding(skipped: number): ArrayEncoding {
    const { element, fill } = this.#variable;
    const storedFill = element.text === "none" ? fill : null;
    return {
      dtype: element.storedType,
      grid: this.grid,
      fill: storedFill,
      codecs: this.#codecs.without(skipped),
    };
  }

  async #unpacked(packing: Packing, bytes: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const size = elementCount(this.#layout.chunkShape) * this.#layout.elementBytes;
    // each byte stands for at most some 255: a chunk shape beyond that is damage, not a reason to allocate
    if (size > 300 * bytes.length + 1024) throw damaged(`a chunk of ${bytes.length} bytes for ${size}`);
    const packed = { packing, bytes, size };
    if (size < WORTH_A_TRIP_BYTES) return unpack(packed).value;
    return this.#variable.pool.run(UNPACK, packed, options);
  }
  #reachesPast(index: ChunkIndex): boolean {
    const { shape } = this.#variable.dataset.space;
    return index.some(
      (position, axis) => (position + 1) * (this.#layout.chunkShape[axis] ?? 1) > (shape[axis] ?? 0),
    );
  }
}

function storedChunks(variable: VariableContext, chunks: StoredPieces, codecs: StoredCodecs): StoredChunks {
  const { coder, location } = variable;
  const { access } = variable.file;
  /** The few chunks for which a filter was skipped are coded anew, because one array has one list of codecs. */
  const recode = async (index: ChunkIndex, options: CallOptions): Promise<Uint8Array> => {
    const chunk = await chunks.decode(index, options);
    if (!chunk) throw damaged("a chunk has vanished");
    return coder.encodeAlways(chunks.encoding(0), index, chunk, options);
  };
  return {
    grid: chunks.grid,
    codecs: codecs.codecs,
    async read(index, options = {}) {
      const piece = await chunks.find(index, options);
      if (!piece) return undefined;
      if (!codecs.isComplete(piece.skipped)) return sliceRange(await recode(index, options), options.range);
      const { offset, length } = withinRange(piece.size, options.range);
      return access.read(piece.offset + offset, length, options);
    },
    async stat(index, options = {}) {
      const piece = await chunks.find(index, options);
      if (!piece) return undefined;
      const size = codecs.isComplete(piece.skipped) ? piece.size : (await recode(index, options)).length;
      return { size, ...(access.version === undefined ? {} : { version: access.version }) };
    },
    async locate(index, options = {}) {
      const piece = await chunks.find(index, options);
      if (!piece || !codecs.isComplete(piece.skipped)) return undefined;
      return { url: location, offset: piece.offset, length: piece.size };
    },
  };
}
