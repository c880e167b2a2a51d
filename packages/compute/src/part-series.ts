/** Which elements of each part of a concatenation are used, and where they begin in the whole. Shared by its variables. */
export class PartSeries {
  /** Elements of each part that are used, and the first of them. */
  readonly lengths: ArrayLike<number>;
  readonly #starts: ArrayLike<number> | undefined;
  /** One more than there are parts; the last is the length of the whole. */
  readonly #offsets: Float64Array;
  /** Of what is used, every beginning and every end but the last one is a multiple of this; 0: of anything. */
  readonly #step: number;
  /** The last part of which something is used, and where that ends. */
  readonly #last: { readonly position: number; readonly end: number };

  /** @param starts zeros where absent */
  constructor(lengths: ArrayLike<number>, starts?: ArrayLike<number>) {
    this.lengths = lengths;
    this.#starts = starts;
    const offsets = new Float64Array(lengths.length + 1);
    let step = 0;
    let last = { position: 0, end: 0 };
    let total = 0;
    for (let position = 0; position < lengths.length; position += 1) {
      const length = lengths[position] ?? 0;
      total += length;
      offsets[position + 1] = total;
      if (length === 0) continue;
      const start = starts?.[position] ?? 0;
      // most parts are like the one before: nothing to divide
      if (step === 0 || last.end % step !== 0) step = commonDivisor(step, last.end);
      if (step === 0 || start % step !== 0) step = commonDivisor(step, start);
      last = { position, end: start + length };
    }
    this.#offsets = offsets;
    this.#step = step;
    this.#last = last;
  }

  get count(): number {
    return this.lengths.length;
  }
  get total(): number {
    return this.#offsets.at(-1) ?? 0;
  }

  length(position: number): number {
    return this.lengths[position] ?? 0;
  }
  /** The first element of a part that is used. */
  start(position: number): number {
    return this.#starts?.[position] ?? 0;
  }
  /** Where a part begins in the whole. */
  offset(position: number): number {
    return this.#offsets[position] ?? 0;
  }

  /**
   * True where no chunk of this length holds elements of two parts, nor elements that are not used.
   * @param lengthOf elements of a part, used or not: a part may end with a shorter chunk where it is the last
   */
  isAlignedTo(chunkLength: number, lengthOf: (position: number) => number): boolean {
    if (this.#step % chunkLength !== 0) return false;
    const { position, end } = this.#last;
    return end % chunkLength === 0 || end === lengthOf(position);
  }

  /** The part that holds an element of the whole; empty parts hold none. */
  find(element: number): number {
    let low = 0;
    let high = this.#offsets.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offset(middle) <= element) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function commonDivisor(a: number, b: number): number {
  let [one, other] = [a, b];
  while (other !== 0) [one, other] = [other, one % other];
  return one;
}
