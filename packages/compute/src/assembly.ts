import {
  allocateValues,
  bytesPerElement,
  type Chunk,
  type ChunkSource,
  elementCount,
  filledValues,
  postableChunk,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently, type WorkerPool } from "@zarr-gateway/primitives";
import { type Block, copyInTurns } from "./block.ts";
import { JOIN, WORTH_TRIP_BYTES } from "./value-worker.ts";

/** A part of a wanted chunk that is still to be read. */
export interface Piece {
  read(options: CallOptions): Promise<Chunk | undefined>;
  /** Where the part begins in what `read` gives, and where in the wanted chunk. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly shape: readonly number[];
  /** As of a block. */
  readonly steps?: readonly number[] | undefined;
}

/** The pieces of one chunk, each as it is asked for: there may be very many. */
export interface Pieces {
  readonly count: number;
  at(position: number): Piece;
}

export interface AssembleOptions extends CallOptions {
  readonly target: Pick<ChunkSource, "dtype" | "fill"> & { readonly shape: readonly number[] };
  readonly maxConcurrent: number;
  /** Where larger chunks are put together. */
  readonly pool: WorkerPool | undefined;
}

/** More pieces than this cost more to send than to copy. */
const MAX_SENT_PIECES = 64;

/**
 * A chunk out of pieces, with the fill value where they are missing; undefined where all are. Large chunks are put
 * together on another thread, and what has to be copied here is copied in turns with other work.
 */
export async function assembled(pieces: Pieces, options: AssembleOptions): Promise<Chunk | undefined> {
  const { target, pool } = options;
  const bytes = elementCount(target.shape) * (bytesPerElement(target.dtype) ?? 0);
  const isSent = pool !== undefined && bytes >= WORTH_TRIP_BYTES && pieces.count <= MAX_SENT_PIECES;
  return isSent ? joinedElsewhere(pieces, options, pool) : joinedHere(pieces, options);
}

async function joinedElsewhere(
  pieces: Pieces,
  { target, maxConcurrent, signal, client }: AssembleOptions,
  pool: WorkerPool,
): Promise<Chunk | undefined> {
  const blocks: Block[] = [];
  const transfer: ArrayBuffer[] = [];
  await eachPiece(pieces, { maxConcurrent, signal, client }, async (piece, chunk) => {
    if (chunk === undefined) return;
    const block = await sendable({ ...piece, chunk }, target.dtype);
    const posted = postableChunk(block.chunk);
    transfer.push(...posted.transfer);
    const { from, to, shape, steps } = block;
    blocks.push({ chunk: posted.value, from, to, shape, steps });
  });
  if (blocks.length === 0) return undefined;
  const chunk = await pool.run(JOIN, { ...target, blocks }, { signal, transfer, isLaterStep: true });
  return { ...chunk, isExclusive: true };
}

/** The whole chunk where it may go and most of it is wanted, else a copy of the part. */
async function sendable(block: Block, dtype: ChunkSource["dtype"]): Promise<Block> {
  const { chunk, shape } = block;
  const wanted = elementCount(shape);
  if (chunk.isExclusive === true && 2 * wanted >= elementCount(chunk.shape)) return block;
  const values = allocateValues(dtype, wanted);
  const start = shape.map(() => 0);
  await copyInTurns({ ...block, to: start }, { values, shape }, dtype);
  return { ...block, from: start, steps: undefined, chunk: { shape, values, isExclusive: true } };
}

async function joinedHere(
  pieces: Pieces,
  { target, maxConcurrent, signal, client }: AssembleOptions,
): Promise<Chunk | undefined> {
  const { dtype, fill, shape } = target;
  let values: Values | undefined;
  const missing: Piece[] = [];
  await eachPiece(pieces, { maxConcurrent, signal, client }, async (piece, chunk) => {
    if (chunk === undefined) {
      missing.push(piece);
      return;
    }
    // made only now, so that a chunk of which nothing was written costs nothing
    values ??= allocateValues(dtype, elementCount(shape));
    await copyInTurns({ ...piece, chunk }, { values, shape }, dtype);
  });
  if (values === undefined) return undefined;
  if (missing.length > 0 && fill !== null) await fillMissing(missing, values, target);
  return { shape, values, isExclusive: true };
}

async function fillMissing(
  missing: readonly Piece[],
  values: Values,
  { dtype, fill, shape }: AssembleOptions["target"],
): Promise<void> {
  let filled: Values | undefined;
  for (const { to, shape: part } of missing) {
    const count = elementCount(part);
    if (filled === undefined || filled.length !== count * unitsPerElement(dtype))
      filled = filledValues(dtype, count, fill);
    const chunk = { shape: part, values: filled };
    await copyInTurns({ chunk, from: part.map(() => 0), to, shape: part }, { values, shape }, dtype);
  }
}

async function eachPiece(
  pieces: Pieces,
  { maxConcurrent, signal, client }: CallOptions & { readonly maxConcurrent: number },
  take: (piece: Piece, chunk: Chunk | undefined) => Promise<void>,
): Promise<void> {
  const positions = Array.from({ length: pieces.count }, (_, position) => position);
  await mapConcurrently(positions, maxConcurrent, async (position) => {
    signal?.throwIfAborted();
    const piece = pieces.at(position);
    await take(piece, await piece.read({ signal, client }));
  });
}
