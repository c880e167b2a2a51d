import type { FileRange } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

const PIECE_BYTES = 1024 ** 2;

/** Reads the next piece when the last one was taken: memory holds one, however slow the reader is. */
export function streamed(
  read: (range: FileRange, options: CallOptions) => Promise<Uint8Array>,
  range: FileRange,
  options: CallOptions,
): ReadableStream<Uint8Array> {
  const leaving = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, leaving.signal]) : leaving.signal;
  const end = range.offset + range.length;
  let position = range.offset;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (position >= end) return controller.close();
        const length = Math.min(PIECE_BYTES, end - position);
        const bytes = await read({ offset: position, length }, { ...options, signal });
        if (bytes.length !== length)
          throw new GatewayError("upstream", `${length} bytes were expected and ${bytes.length} came`);
        position += length;
        controller.enqueue(bytes);
        if (position >= end) controller.close();
      },
      cancel: () => leaving.abort(),
    },
    { highWaterMark: 0 },
  );
}
