/** What one answer cost, told to whoever asked for it. */
export interface Timings {
  /** @param note one word of letters, such as `hit` */
  add(name: string, ms?: number, note?: string): void;
}
