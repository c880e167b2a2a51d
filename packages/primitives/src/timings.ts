/** What one answer cost, told to whoever asked for it. */
export interface Timings {
  /** @param note one word of letters, such as `hit` */
  add(name: string, ms?: number, note?: string): void;
}

/** Takes down how long the work took, unless it fails. */
export async function timed<Value>(
  timings: Timings | undefined,
  name: string,
  work: () => Promise<Value>,
): Promise<Value> {
  if (timings === undefined) return work();
  const start = performance.now();
  const value = await work();
  timings.add(name, performance.now() - start);
  return value;
}
