import { cosineAndSine } from "./exact-functions.ts";

/** Σ F(m)·exp(+2πi·mk/n) for all k, of any length; quick where its factors are small. */
export class InverseFourier {
  readonly #length: number;
  readonly #factors: readonly number[];
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #line: Float64Array;

  constructor(length: number) {
    this.#length = length;
    this.#factors = factorsOf(length);
    const turns = Array.from({ length }, (_, at) => cosineAndSine((360 * at) / length));
    this.#cosines = Float64Array.from(turns, ({ cosine }) => cosine);
    this.#sines = Float64Array.from(turns, ({ sine }) => sine);
    this.#line = new Float64Array(2 * Math.max(1, ...this.#factors));
  }

  /** Both have pairs (real, imaginary); the input is left as it is. */
  transform(input: Float64Array, output: Float64Array): void {
    this.#part({ input, output, from: 0, stride: 1, to: 0, length: this.#length, depth: 0 });
  }

  /** Decimation in time: the transforms of every p-th value, put together. */
  #part(part: Part): void {
    const { input, output, from, stride, to, length, depth } = part;
    const radix = this.#factors[depth];
    if (radix === undefined) {
      output[2 * to] = input[2 * from] ?? 0;
      output[2 * to + 1] = input[2 * from + 1] ?? 0;
      return;
    }
    const shorter = length / radix;
    for (let r = 0; r < radix; r += 1) {
      this.#part({
        ...part,
        from: from + r * stride,
        stride: stride * radix,
        to: to + r * shorter,
        length: shorter,
        depth: depth + 1,
      });
    }
    for (let k = 0; k < shorter; k += 1)
      this.#butterfly(output, { at: to + k, shorter, radix, k, step: stride });
  }

  #butterfly(
    values: Float64Array,
    { at, shorter, radix, k, step }: { at: number; shorter: number; radix: number; k: number; step: number },
  ): void {
    const line = this.#line;
    for (let q = 0; q < radix; q += 1) {
      // exp(2πi·r(k + q·shorter)/length), counted in steps of the whole length
      const turn = (step * (k + q * shorter)) % this.#length;
      let [real, imaginary, place] = [0, 0, 0];
      for (let r = 0; r < radix; r += 1) {
        const cosine = this.#cosines[place] ?? 0;
        const sine = this.#sines[place] ?? 0;
        const x = values[2 * (at + r * shorter)] ?? 0;
        const y = values[2 * (at + r * shorter) + 1] ?? 0;
        real += x * cosine - y * sine;
        imaginary += x * sine + y * cosine;
        place += turn;
        if (place >= this.#length) place -= this.#length;
      }
      line[2 * q] = real;
      line[2 * q + 1] = imaginary;
    }
    for (let q = 0; q < radix; q += 1) {
      values[2 * (at + q * shorter)] = line[2 * q] ?? 0;
      values[2 * (at + q * shorter) + 1] = line[2 * q + 1] ?? 0;
    }
  }
}

interface Part {
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly from: number;
  readonly stride: number;
  readonly to: number;
  readonly length: number;
  readonly depth: number;
}

function factorsOf(length: number): number[] {
  const factors: number[] = [];
  let rest = length;
  for (let factor = 2; factor * factor <= rest; factor += 1) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}
