export interface Ring {
  /** Sine and cosine of the latitude, which is not negative. */
  readonly sine: number;
  readonly cosine: number;
}

/** Coefficients of one order m by degree: m, m + 1, … */
export interface OrderCoefficients {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** Where P(m, m) is smaller, so are all P(l, m) of the degrees that are summed. */
const VANISHING = 1e-290;

/**
 * Sums over degrees of associated Legendre functions times coefficients, for one order m after the other. Functions are
 * normalised so that P(l, 0)² + 2·Σ P(l, m)² = 2l + 1, and come from the recursion over l (Holmes and Featherstone 2002,
 * eq. 11).
 */
export class LegendreSums {
  readonly #rings: readonly Ring[];
  readonly #degrees: number;
  /** P(m, m) on each ring. */
  readonly #sectoral: Float64Array;
  /** Of the recursion P(l) = a·(sin φ·P(l − 1) − b·P(l − 2)), by l − m. */
  readonly #a: Float64Array;
  readonly #b: Float64Array;
  #order = -1;

  constructor(rings: readonly Ring[], degrees: number) {
    this.#rings = rings;
    this.#degrees = degrees;
    this.#sectoral = new Float64Array(rings.length).fill(1);
    this.#a = new Float64Array(degrees + 2);
    this.#b = new Float64Array(degrees + 2);
  }

  /**
   * @param take gets the factors of cos mλ and sin mλ on each ring where they do not vanish: the parts that are the same
   *   on the ring as far south, and those that are opposite there
   */
  nextOrder({ cosines, sines }: OrderCoefficients, take: (ring: number, sums: Float64Array) => void): void {
    const order = this.#advance();
    const count = this.#degrees - order;
    const sums = new Float64Array(4);
    const a = this.#a;
    const b = this.#b;
    for (const [ring, { sine }] of this.#rings.entries()) {
      const start = this.#sectoral[ring] ?? 0;
      if (start === 0) continue;
      let evenCosine = 0;
      let evenSine = 0;
      let oddCosine = 0;
      let oddSine = 0;
      let before = 0;
      let now = start;
      // coefficients past the end are zero, which makes the last pair whole
      for (let at = 0; at < count; at += 2) {
        evenCosine += now * (cosines[at] as number); // inside: one longer than the degrees
        evenSine += now * (sines[at] as number);
        before = (a[at + 1] as number) * (sine * now - (b[at + 1] as number) * before);
        oddCosine += before * (cosines[at + 1] as number);
        oddSine += before * (sines[at + 1] as number);
        now = (a[at + 2] as number) * (sine * before - (b[at + 2] as number) * now);
      }
      sums[0] = evenCosine;
      sums[1] = evenSine;
      sums[2] = oddCosine;
      sums[3] = oddSine;
      take(ring, sums);
    }
  }

  /** Goes to the next order m: its P(m, m) and its recursion. */
  #advance(): number {
    this.#order += 1;
    const order = this.#order;
    const factor = order === 0 ? 1 : Math.sqrt((2 * order + 1) / (2 * order));
    for (const [ring, { cosine }] of this.#rings.entries()) {
      const value = (this.#sectoral[ring] ?? 0) * factor * (order === 0 ? 1 : cosine);
      this.#sectoral[ring] = value < VANISHING ? 0 : value;
    }
    for (let at = 1; at <= this.#degrees - order; at += 1) {
      const degree = order + at;
      const less = degree - 1;
      this.#a[at] = Math.sqrt((4 * degree * degree - 1) / (degree * degree - order * order));
      this.#b[at] = at === 1 ? 0 : Math.sqrt((less * less - order * order) / (4 * less * less - 1));
    }
    return order;
  }
}
