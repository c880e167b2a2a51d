/** A body that tells how many bytes of it were taken so far: a client may leave before the end. */
export function countedBody(
  body: ReadableStream<Uint8Array>,
  taken: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await reader.read();
        if (piece.done) return controller.close();
        taken(piece.value.length);
        controller.enqueue(piece.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
