import { type ArrayEncoding, bytesPerElement, elementCount, filledValues } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ChunkCoder } from "./chunk-coder.ts";

/** Metadata may declare any chunk shape; larger chunks of nothing are not worth making. */
const MAX_FILLED_BYTES = 256 * 1024 * 1024;
/** What a string of any length counts. */
const STRING_BYTES = 32;

/**
 * Bytes of a whole chunk whose elements all equal the fill value: for a chunk that was never written, where clients
 * would read something else. All chunks of an array are alike.
 * @throws GatewayError unsupported when the chunk is declared larger than 256 MiB
 */
export async function encodeFilledChunk(
  coder: ChunkCoder,
  encoding: ArrayEncoding,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const { chunkShape } = encoding.grid;
  const count = elementCount(chunkShape);
  const size = count * (bytesPerElement(encoding.dtype) ?? STRING_BYTES);
  if (size > MAX_FILLED_BYTES) {
    const limit = `${size} bytes, at most ${MAX_FILLED_BYTES} are filled`;
    throw new GatewayError("unsupported", `a chunk of [${chunkShape}] that was never written has ${limit}`);
  }
  const whole: ArrayEncoding = { ...encoding, grid: { shape: chunkShape, chunkShape } };
  const values = filledValues(encoding.dtype, count, encoding.fill);
  const first = chunkShape.map(() => 0);
  return coder.encodeAlways(whole, first, { shape: chunkShape, values }, options);
}
