/** Where each part of a concatenation begins in the whole. */
export class PartOffsets {
  /** One more than there are parts; the last is the length of the whole. */
  readonly #starts: Float64Array;

  constructor(lengths: ArrayLike<number>) {
    this.#starts = new Float64Array(lengths.length + 1);
    for (let position = 0; position < lengths.length; position += 1) {
      this.#starts[position + 1] = this.start(position) + (lengths[position] ?? 0);
    }
  }

  get total(): number {
    return this.#starts.at(-1) ?? 0;
  }

  start(position: number): number {
    return this.#starts[position] ?? 0;
  }

  /** The part that holds an element of the whole; empty parts hold none. */
  find(element: number): number {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= element) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
