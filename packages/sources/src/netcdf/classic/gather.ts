import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";
import type { ChunkExtent } from "./chunk-extent.ts";

/** Reading this much that is not wanted costs less than another read, on a disk as over HTTP. */
const GAP_BYTES = 32 * 1024;
const SPAN_BYTES = 4 * 1024 * 1024;
const CONCURRENT_READS = 8;

/** One read: pieces `first` to `first + count` of an extent, with what lies between them. */
export interface GatherStep {
  readonly first: number;
  readonly count: number;
}

/** Reads that together cover an extent, neighbours joined where the gap between them is small. */
export function planGather({ length, stride, count }: ChunkExtent): GatherStep[] {
  const perRead = stride - length <= GAP_BYTES ? Math.max(1, Math.floor(SPAN_BYTES / stride)) : 1;
  const steps: GatherStep[] = [];
  for (let first = 0; first < count; first += perRead)
    steps.push({ first, count: Math.min(perRead, count - first) });
  return steps;
}

/**
 * The bytes of an extent, followed by zeros up to `size`: the part of a chunk that lies outside its array.
 * @throws GatewayError upstream when the file ends before the extent does
 */
export async function gather(
  access: RandomAccess,
  extent: ChunkExtent,
  options: CallOptions & { readonly size: number },
): Promise<Uint8Array> {
  const { size, signal } = options;
  checkInsideFile(access, extent);
  if (extent.count === 1 && extent.length === size) return access.read(extent.offset, size, { signal });
  const bytes = new Uint8Array(size);
  await mapConcurrently(planGather(extent), CONCURRENT_READS, async ({ first, count }) => {
    const span = (count - 1) * extent.stride + extent.length;
    const read = await access.read(extent.offset + first * extent.stride, span, { signal });
    for (let piece = 0; piece < count; piece += 1) {
      const start = piece * extent.stride;
      bytes.set(read.subarray(start, start + extent.length), (first + piece) * extent.length);
    }
  });
  return bytes;
}

/** Before anything is read or allocated: a damaged header may place a chunk anywhere. */
export function checkInsideFile(access: RandomAccess, { offset, length, stride, count }: ChunkExtent): void {
  const end = offset + (count - 1) * stride + length;
  if (end > access.size) {
    throw new GatewayError(
      "upstream",
      `truncated: the chunk reaches to byte ${end}, but the file ends at ${access.size}`,
    );
  }
}
