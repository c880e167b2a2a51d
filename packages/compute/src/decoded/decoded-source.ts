import {
  type Chunk,
  type ChunkSource,
  type FillValue,
  filledValues,
  postableChunk,
} from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { bytesOf } from "../block.ts";
import { type EstimatedSource, estimateOf } from "../view/work-estimate.ts";
import { decodeValues } from "./decode-values.ts";
import { DECODE_VALUES, WORTH_DECODING_BYTES } from "./decode-worker.ts";
import type { ValueCoding } from "./value-coding.ts";

/** A source whose values are decoded here; who computes on another thread may take the stored ones and decode them there. */
export interface DecodedSource extends EstimatedSource {
  readonly undecoded: { readonly source: ChunkSource; readonly coding: ValueCoding };
}

export function decodedSource(source: ChunkSource, coding: ValueCoding, pool?: WorkerPool): DecodedSource {
  return {
    dtype: coding.decoded,
    grid: source.grid,
    fill: decodedFill(source, coding),
    undecoded: { source, coding },
    estimate: (index) => estimateOf(source, index),
    ...(source.version && { version: source.version.bind(source) }),
    async read(index, options = {}) {
      const chunk = await source.read(index, options);
      if (chunk === undefined) return undefined;
      const isSent = pool !== undefined && bytesOf(chunk.values) >= WORTH_DECODING_BYTES;
      if (!isSent)
        return { shape: chunk.shape, values: decodeValues(chunk.values, coding), isExclusive: true };
      const { value, transfer } = postableChunk(chunk);
      const call = { signal: options.signal, transfer, isLaterStep: true };
      const decoded: Chunk = await pool.run(DECODE_VALUES, { chunk: value, coding }, call);
      return { ...decoded, isExclusive: true };
    },
  };
}

/** The stored values and how they are decoded, where there is something to decode. */
export function undecodedOf(source: ChunkSource): { source: ChunkSource; coding: ValueCoding | undefined } {
  return isDecoded(source) ? source.undecoded : { source, coding: undefined };
}

function isDecoded(source: ChunkSource): source is DecodedSource {
  return "undecoded" in source;
}

/** What a chunk that was never written reads as, decoded; NaN for floats where the format leaves it open. */
function decodedFill(source: ChunkSource, coding: ValueCoding): FillValue {
  const [value = 0] = decodeValues(filledValues(coding.stored, 1, source.fill), coding);
  return coding.decoded === "bool" ? value === 1 : value;
}
