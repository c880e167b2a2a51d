import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { RequestScope } from "./request-scope.ts";
import type { Resource } from "./resource.ts";

/** Bodies above this are read and sent in pieces, so that memory does not grow with the file. */
const STREAMED_BYTES = 16 * 1024 * 1024;
/** One ranged read: large enough for an object store, small enough for many slow readers. */
const PIECE_BYTES = 4 * 1024 * 1024;

export function isStreamed(resource: Resource, length: number): boolean {
  return length > STREAMED_BYTES && resource.wholeOnly !== true;
}

/** Reads the next piece only when the client has taken the last one; a failed read cuts the connection. */
export function streamBody(
  scope: RequestScope | undefined,
  resource: Resource,
  range: { readonly offset: number; readonly length: number },
  options: CallOptions,
): ReadableStream<Uint8Array> {
  const end = range.offset + range.length;
  let position = range.offset;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (position === range.offset) await scope?.reserve(2 * PIECE_BYTES, options); // one on its way, one being read
          const length = Math.min(PIECE_BYTES, end - position);
          const piece = await resource.read({ offset: position, length }, options);
          if (piece?.length !== length) throw shortened(length, piece?.length ?? 0);
          position += length;
          controller.enqueue(piece);
          if (position === end) controller.close();
        } catch (error) {
          // with the connection gone there is nobody left to tell; without one the reader must learn of it
          if (scope?.cutOff(error) !== true) controller.error(error);
        }
      },
    },
    { highWaterMark: 0 },
  );
}

function shortened(expected: number, came: number): GatewayError {
  return new GatewayError("upstream", `${expected} bytes were expected and ${came} came while sending`);
}
