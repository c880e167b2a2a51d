/** Of one order m on each ring: the sums over degrees l of P(l, m) times the coefficients. Rings are those north of the equator. */
export interface RingSums {
  /** Factors of cos mλ and sin mλ, the part that is the same on the ring as far south, and the part that is opposite there. */
  readonly evenCosine: Float64Array;
  readonly evenSine: Float64Array;
  readonly oddCosine: Float64Array;
  readonly oddSine: Float64Array;
}

export interface Ring {
  /** Sine and cosine of the latitude. */
  readonly sine: number;
  readonly cosine: number;
}

/** Where P(m, m) is smaller, so are all P(l, m) of the degrees that are summed. */
const VANISHING = 1e-290;

/**
 * Sums of associated Legendre functions, normalised so that P(l, 0)² + 2·Σ P(l, m)² = 2l + 1, by the recursion over l
 * (Holmes and Featherstone 2002, eq. 11), for one order after the other.
 */
export class LegendreSums {
  readonly #rings: readonly Ring[];
  readonly #sectoral: Float64Array;
  readonly #sines: Float64Array;
  readonly #degrees: number;
  #order = -1;

  constructor(rings: readonly Ring[], degrees: number) {
    this.#rings = rings;
    this.#degrees = degrees;
    this.#sines = Float64Array.from(rings, ({ sine }) => sine);
    this.#sectoral = new Float64Array(rings.length).fill(1);
  }

  /**
   * @param cosines coefficients of degrees m, m + 1, …, of cos mλ
   * @param sines of sin mλ
   */
  nextOrder(cosines: Float64Array, sines: Float64Array): RingSums {
    const order = this.#advance();
    const count = this.#rings.length;
    const sums: RingSums = {
      evenCosine: new Float64Array(count),
      evenSine: new Float64Array(count),
      oddCosine: new Float64Array(count),
      oddSine: new Float64Array(count),
    };
    const first = this.#firstRing();
    let before = new Float64Array(count);
    let now = this.#sectoral.slice();
    let [a, b] = [0, 0];
    for (let degree = order; degree < this.#degrees; degree += 1) {
      if (degree > order) {
        a = Math.sqrt((4 * degree * degree - 1) / (degree * degree - order * order));
        const less = degree - 1;
        b = less === order ? 0 : Math.sqrt((less * less - order * order) / (4 * less * less - 1));
        // the one before is not needed any more: what comes next takes its place
        advanceDegree(before, now, { sines: this.#sines, a, b, first });
        [before, now] = [now, before];
      }
      const isEven = (degree - order) % 2 === 0;
      const target = isEven ? [sums.evenCosine, sums.evenSine] : [sums.oddCosine, sums.oddSine];
      addScaled(target[0] as Float64Array, now, cosines[degree - order] ?? 0, first); // pairs, made above
      if (order > 0) addScaled(target[1] as Float64Array, now, sines[degree - order] ?? 0, first);
    }
    return sums;
  }

  /** P(m, m) of the next order m. */
  #advance(): number {
    this.#order += 1;
    const order = this.#order;
    if (order === 0) return order;
    const factor = Math.sqrt((2 * order + 1) / (2 * order));
    for (const [at, { cosine }] of this.#rings.entries()) {
      const value = (this.#sectoral[at] ?? 0) * factor * cosine;
      this.#sectoral[at] = value < VANISHING ? 0 : value;
    }
    return order;
  }

  /** Rings go from the pole to the equator: near the pole, functions of high order vanish. */
  #firstRing(): number {
    const first = this.#sectoral.findIndex((value) => value > 0);
    return first === -1 ? this.#rings.length : first;
  }
}

function advanceDegree(
  before: Float64Array,
  now: Float64Array,
  { sines, a, b, first }: { sines: Float64Array; a: number; b: number; first: number },
): void {
  for (let at = first; at < now.length; at += 1) {
    before[at] = a * ((sines[at] ?? 0) * (now[at] ?? 0) - b * (before[at] ?? 0));
  }
}

function addScaled(target: Float64Array, values: Float64Array, factor: number, first: number): void {
  for (let at = first; at < values.length; at += 1)
    target[at] = (target[at] ?? 0) + factor * (values[at] ?? 0);
}
