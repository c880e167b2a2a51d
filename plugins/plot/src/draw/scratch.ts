/** Larger buffers are not kept: 4 M words. */
const MAX_KEPT = 4 * 2 ** 20;

/**
 * Memory that a thread uses again for the next picture: new pages cost more than what is done with them. Each call gives the
 * same words, so one may be used only until the next.
 */
export function createScratch(): (length: number) => Uint32Array<ArrayBuffer> {
  let kept = new Uint32Array(0);
  return (length) => {
    if (length > MAX_KEPT) return new Uint32Array(length);
    if (kept.length < length) kept = new Uint32Array(length);
    return kept.subarray(0, length);
  };
}
