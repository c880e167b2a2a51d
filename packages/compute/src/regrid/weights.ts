import { sharedNumbers } from "../reduce/shared-numbers.ts";

/**
 * Every target as a weighted sum of sources, as compressed sparse rows: target `t` has the entries from `starts[t]` to
 * `starts[t + 1]`. One without entries has no value. The factors of a target add up to 1. Lies on shared memory, so that
 * threads need no copies.
 */
export interface Weights {
  readonly count: number;
  readonly sourceCount: number;
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  readonly factors: Float64Array;
}

/** Targets in order, each with its entries; factors are brought to a sum of 1. */
export class WeightsBuilder {
  readonly #count: number;
  readonly #sourceCount: number;
  readonly #starts: number[] = [0];
  readonly #sources: number[] = [];
  readonly #factors: number[] = [];

  constructor(count: number, sourceCount: number) {
    this.#count = count;
    this.#sourceCount = sourceCount;
  }

  /** Entries with the factor 0 are left out: what is missing there concerns nobody. */
  add(source: number, factor: number): void {
    if (factor === 0) return;
    this.#sources.push(source);
    this.#factors.push(factor);
  }

  endTarget(): void {
    const start = this.#starts.at(-1) ?? 0;
    let sum = 0;
    for (let at = start; at < this.#factors.length; at += 1) sum += this.#factors[at] ?? 0;
    for (let at = start; at < this.#factors.length; at += 1)
      this.#factors[at] = (this.#factors[at] ?? 0) / sum;
    this.#starts.push(this.#sources.length);
  }

  finish(): Weights {
    return {
      count: this.#count,
      sourceCount: this.#sourceCount,
      starts: sharedIntegers(this.#starts),
      sources: sharedIntegers(this.#sources),
      factors: sharedFactors(this.#factors),
    };
  }
}

/** True where every target has a value if every source has one. */
export function isComplete({ count, starts }: Weights): boolean {
  for (let target = 0; target < count; target += 1) if (starts[target] === starts[target + 1]) return false;
  return true;
}

function sharedIntegers(values: ArrayLike<number>): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(4 * values.length));
  shared.set(values);
  return shared;
}

function sharedFactors(values: ArrayLike<number>): Float64Array {
  const shared = sharedNumbers(values.length);
  shared.set(values);
  return shared;
}
