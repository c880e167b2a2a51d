/**
 * Gives the memory of an array back now: V8 would collect it later, after marking everything else in the process. Whoever still
 * has the array, or another one on the same buffer, finds it empty from now on.
 */
export function freeMemory({ buffer }: Float32Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
