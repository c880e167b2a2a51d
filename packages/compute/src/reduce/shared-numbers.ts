/** Zeros in memory that all threads see, so that calls do not copy them. */
export function sharedNumbers(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
