import { cosineAndSine } from "./exact-functions.ts";

/** One level of the transform: short transforms of `shorter` values become those of `radix` times as many. */
interface Level {
  readonly radix: number;
  readonly shorter: number;
}

/** Σ F(m)·exp(+2πi·mk/n) for all k, of any length n; quick where its factors are small. */
export class InverseFourier {
  readonly #length: number;
  readonly #levels: readonly Level[];
  /** Where each value goes before the first level: positions with their digits reversed. */
  readonly #places: Int32Array;
  /** exp(2πi·j/n), pairs. */
  readonly #turns: Float64Array;
  readonly #line: Float64Array;

  constructor(length: number) {
    this.#length = length;
    const factors = factorsOf(length);
    this.#levels = factors.map((radix, at) => ({
      radix,
      shorter: factors.slice(0, at).reduce((product, factor) => product * factor, 1),
    }));
    this.#places = reversedDigits(length, factors);
    this.#turns = new Float64Array(2 * length);
    this.#line = new Float64Array(2 * Math.max(1, ...factors));
    for (let at = 0; at < length; at += 1) {
      const { cosine, sine } = cosineAndSine((360 * at) / length);
      this.#turns.set([cosine, sine], 2 * at);
    }
  }

  /** Both have pairs (real, imaginary); the input is left as it is. Decimation in time. */
  transform(input: Float64Array, output: Float64Array): void {
    const places = this.#places;
    for (let at = 0; at < places.length; at += 1) {
      const from = 2 * (places[at] as number); // one for each
      output[2 * at] = input[from] as number;
      output[2 * at + 1] = input[from + 1] as number;
    }
    for (const level of this.#levels) {
      if (level.radix === 4) this.#byFour(output, level);
      else if (level.radix === 2) this.#byTwo(output, level);
      else this.#byAny(output, level);
    }
  }

  #byTwo(values: Float64Array, { shorter }: Level): void {
    const turns = this.#turns;
    const step = this.#length / (2 * shorter);
    for (let start = 0; start < this.#length; start += 2 * shorter) {
      for (let k = 0; k < shorter; k += 1) {
        const p = 2 * (start + k);
        const q = p + 2 * shorter;
        const c = turns[2 * k * step] as number; // inside, as all below
        const s = turns[2 * k * step + 1] as number;
        const u = (values[q] as number) * c - (values[q + 1] as number) * s;
        const v = (values[q] as number) * s + (values[q + 1] as number) * c;
        const a = values[p] as number;
        const b = values[p + 1] as number;
        values[p] = a + u;
        values[p + 1] = b + v;
        values[q] = a - u;
        values[q + 1] = b - v;
      }
    }
  }

  #byFour(values: Float64Array, { shorter }: Level): void {
    const turns = this.#turns;
    const step = this.#length / (4 * shorter);
    for (let start = 0; start < this.#length; start += 4 * shorter) {
      for (let k = 0; k < shorter; k += 1) {
        const p = 2 * (start + k);
        const q = p + 2 * shorter;
        const r = q + 2 * shorter;
        const w = r + 2 * shorter;
        const t = 2 * k * step;
        const ax = values[p] as number; // inside, as all below
        const ay = values[p + 1] as number;
        let c = turns[t] as number;
        let s = turns[t + 1] as number;
        const bx = (values[q] as number) * c - (values[q + 1] as number) * s;
        const by = (values[q] as number) * s + (values[q + 1] as number) * c;
        c = turns[2 * t] as number;
        s = turns[2 * t + 1] as number;
        const cx = (values[r] as number) * c - (values[r + 1] as number) * s;
        const cy = (values[r] as number) * s + (values[r + 1] as number) * c;
        c = turns[3 * t] as number;
        s = turns[3 * t + 1] as number;
        const dx = (values[w] as number) * c - (values[w + 1] as number) * s;
        const dy = (values[w] as number) * s + (values[w + 1] as number) * c;
        values[p] = ax + cx + (bx + dx);
        values[p + 1] = ay + cy + (by + dy);
        values[q] = ax - cx - (by - dy);
        values[q + 1] = ay - cy + (bx - dx);
        values[r] = ax + cx - (bx + dx);
        values[r + 1] = ay + cy - (by + dy);
        values[w] = ax - cx + (by - dy);
        values[w + 1] = ay - cy - (bx - dx);
      }
    }
  }

  #byAny(values: Float64Array, { radix, shorter }: Level): void {
    const turns = this.#turns;
    const length = this.#length;
    const step = length / (radix * shorter);
    const line = this.#line;
    for (let start = 0; start < length; start += radix * shorter) {
      for (let k = 0; k < shorter; k += 1) {
        for (let q = 0; q < radix; q += 1) {
          const turn = (step * (k + q * shorter)) % length;
          let real = 0;
          let imaginary = 0;
          let place = 0;
          for (let r = 0; r < radix; r += 1) {
            const at = 2 * (start + k + r * shorter);
            const x = values[at] as number; // inside, as all below
            const y = values[at + 1] as number;
            const c = turns[2 * place] as number;
            const s = turns[2 * place + 1] as number;
            real += x * c - y * s;
            imaginary += x * s + y * c;
            place += turn;
            if (place >= length) place -= length;
          }
          line[2 * q] = real;
          line[2 * q + 1] = imaginary;
        }
        for (let q = 0; q < radix; q += 1) {
          const at = 2 * (start + k + q * shorter);
          values[at] = line[2 * q] as number;
          values[at + 1] = line[2 * q + 1] as number;
        }
      }
    }
  }
}

/** Fours first. */
function factorsOf(length: number): number[] {
  const factors: number[] = [];
  let rest = length;
  for (const factor of [4, 2]) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  for (let factor = 3; factor * factor <= rest; factor += 2) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/**
 * The last level puts together parts that each had every radix-th value, and so on inwards: the digits of a position by
 * levels, outermost first, are those of where its value came from, innermost first.
 */
function reversedDigits(length: number, factors: readonly number[]): Int32Array {
  const outermostFirst = factors.toReversed();
  return Int32Array.from({ length }, (_, at) => {
    let [rest, weight, place, stride] = [at, length, 0, 1];
    for (const radix of outermostFirst) {
      weight /= radix;
      const digit = Math.floor(rest / weight);
      rest -= digit * weight;
      place += digit * stride;
      stride *= radix;
    }
    return place;
  });
}
