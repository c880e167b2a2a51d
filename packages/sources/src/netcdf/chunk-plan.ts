const MEBIBYTE = 1024 * 1024;
/** Several rows, levels or records are gathered up to this size. */
const TARGET_BYTES = 4 * MEBIBYTE;
/** A field (everything below the first dimension) is not cut below this size. */
const MAX_FIELD_BYTES = 8 * MEBIBYTE;
/** A coordinate is read whole by every client, so it is one chunk up to this size. */
const MAX_COORDINATE_BYTES = 16 * MEBIBYTE;
/** Interleaved records of at least this size are chunks of their own, which have an address in the file. */
const LONE_RECORD_BYTES = MEBIBYTE;

export interface ChunkPlanInput {
  readonly shape: readonly number[];
  readonly itemBytes: number;
  /** One-dimensional and named like its dimension. */
  readonly isCoordinate: boolean;
  /** Between two records lie other variables. */
  readonly isInterleaved: boolean;
}

/**
 * Chunks that lie in one piece (in every record): whole along the last dimensions, a part of one dimension, one element
 * of those before it.
 */
export function planChunkShape({ shape, itemBytes, isCoordinate, isInterleaved }: ChunkPlanInput): number[] {
  const lengths = shape.map((length) => Math.max(1, length));
  if (isCoordinate) {
    const maxBytes = isInterleaved ? TARGET_BYTES : MAX_COORDINATE_BYTES;
    if (lengths.every((length) => length * itemBytes <= maxBytes)) return lengths;
  }
  const chunkShape = lengths.map(() => 1);
  let bytes = itemBytes;
  for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
    const length = lengths[axis] ?? 1;
    const isLoneRecord = axis === 0 && isInterleaved && bytes >= LONE_RECORD_BYTES;
    if (isLoneRecord) break;
    if (length * bytes > (axis === 0 ? TARGET_BYTES : MAX_FIELD_BYTES)) {
      chunkShape[axis] = divide(length, Math.max(1, Math.floor(TARGET_BYTES / bytes)));
      break;
    }
    chunkShape[axis] = length;
    bytes *= length;
  }
  return chunkShape;
}

/**
 * A chunk length of at most `max`: the largest divisor that is not much smaller, so that no chunk needs padding, else
 * the one whose last chunk is cut least.
 */
function divide(length: number, max: number): number {
  const fewest = Math.ceil(length / max);
  const most = Math.min(4 * fewest, fewest + 1000); // the second bound is for declared lengths beyond any file
  for (let count = fewest; count <= most; count += 1) if (length % count === 0) return length / count;
  return Math.ceil(length / fewest);
}
