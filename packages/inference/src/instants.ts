import type { Instant } from "@zarr-gateway/dataset";

const DAY_MS = 86_400_000;

/** Milliseconds since midnight of `day`, each exact. */
interface Counted {
  readonly day: number;
  readonly milliseconds: Float64Array;
}

/** The same one step apart, of which nothing has to be kept. */
interface Regular {
  readonly day: number;
  readonly first: number;
  readonly stepMs: number;
  readonly length: number;
}

/**
 * Many points in time of one calendar, rounded to the millisecond, as numbers: an `Instant` is made for who asks for one.
 * Times that lie one step apart are not even kept.
 */
export class Instants implements Iterable<Instant> {
  readonly length: number;
  readonly #day: number;
  readonly #first: number;
  readonly #stepMs: number;
  /** Absent where they are regular. */
  readonly #milliseconds: Float64Array | undefined;

  private constructor(numbers: Counted | Regular) {
    this.#day = numbers.day;
    const isRegular = "stepMs" in numbers;
    this.#milliseconds = isRegular ? undefined : numbers.milliseconds;
    this.#first = isRegular ? numbers.first : 0;
    this.#stepMs = isRegular ? numbers.stepMs : 0;
    this.length = isRegular ? numbers.length : numbers.milliseconds.length;
  }

  static of(instants: Iterable<Instant>): Instants {
    const all = [...instants];
    const days = Float64Array.from(all, ({ day }) => day);
    const nanoseconds = Float64Array.from(all, (one) => one.nanoseconds);
    const made = Instants.fromDays(days, nanoseconds);
    if (made === undefined) throw new RangeError("times lie too far apart to be counted in milliseconds");
    return made;
  }

  /**
   * Of days as `dayNumber` counts, and nanoseconds since midnight; fractions of days in floating point miss full seconds by
   * microseconds. undefined where one is NaN, and where they lie more than 285 000 years apart.
   */
  static fromDays(days: Float64Array, nanoseconds: Float64Array): Instants | undefined {
    const day = days[0] ?? 0;
    const milliseconds = new Float64Array(days.length);
    for (let at = 0; at < days.length; at += 1) {
      const number = ((days[at] ?? 0) - day) * DAY_MS + Math.round((nanoseconds[at] ?? 0) / 1e6);
      if (!Number.isSafeInteger(number)) return undefined;
      milliseconds[at] = number;
    }
    return new Instants({ day, milliseconds });
  }

  /** So many, one step apart; undefined where they reach farther than 285 000 years. */
  static regular(
    first: Instant,
    { stepMs, length }: { readonly stepMs: number; readonly length: number },
  ): Instants | undefined {
    const milliseconds = Math.round(first.nanoseconds / 1e6);
    if (!Number.isSafeInteger(milliseconds + stepMs * length)) return undefined;
    return new Instants({ day: first.day, first: milliseconds, stepMs, length });
  }

  /** How far apart they lie, where it is the same everywhere, above 0, and known. */
  get stepMs(): number | undefined {
    return this.#milliseconds === undefined ? this.#stepMs : undefined;
  }

  /** undefined outside. */
  at(position: number): Instant | undefined {
    if (!(position >= 0 && position < this.length)) return undefined;
    const number = this.#number(position);
    const days = Math.floor(number / DAY_MS);
    return { day: this.#day + days, nanoseconds: (number - days * DAY_MS) * 1e6 };
  }

  *[Symbol.iterator](): Generator<Instant> {
    for (let position = 0; position < this.length; position += 1) {
      const instant = this.at(position);
      if (instant !== undefined) yield instant;
    }
  }

  /** Milliseconds from another time, of the same or of others, to this one. */
  since(position: number, others: Instants, other: number): number {
    return (this.#day - others.#day) * DAY_MS + (this.#number(position) - others.#number(other));
  }

  /** Milliseconds from a point in time on: whole days, and the rest of it. */
  countedFrom(reference: Instant): { readonly days: number; rest(position: number): number } {
    const referenceMs = reference.nanoseconds / 1e6;
    return {
      days: this.#day - reference.day,
      rest: (position) => this.#number(position) - referenceMs,
    };
  }

  /** True where all are whole numbers of a unit from such a time of a day on; a day has a whole number of units. */
  areWhole(unitMs: number, nanoseconds: number): boolean {
    const offset = nanoseconds / 1e6;
    const isWhole = (ms: number): boolean => Number.isInteger(ms / unitMs);
    if (!Number.isInteger(offset)) return false;
    if (this.#milliseconds === undefined) {
      if (this.length === 0) return true;
      return isWhole(this.#first - offset) && (this.length === 1 || isWhole(this.#stepMs));
    }
    for (let at = 0; at < this.length; at += 1) {
      if (!Number.isInteger((this.#number(at) - offset) / unitMs)) return false;
    }
    return true;
  }

  get areRising(): boolean {
    if (this.#milliseconds === undefined) return true;
    for (let at = 1; at < this.length; at += 1) {
      if (this.#number(at - 1) >= this.#number(at)) return false;
    }
    return true;
  }

  /** From one position to before another. */
  slice(start: number, end = this.length): Instants {
    if (this.#milliseconds !== undefined)
      return new Instants({ day: this.#day, milliseconds: this.#milliseconds.slice(start, end) });
    const from = Math.min(start, this.length);
    return new Instants({
      day: this.#day,
      first: this.#number(from),
      stepMs: this.#stepMs,
      length: Math.max(0, Math.min(end, this.length) - from),
    });
  }

  picked(positions: Int32Array): Instants {
    const milliseconds = Float64Array.from(positions, (position) => this.#number(position));
    return new Instants({ day: this.#day, milliseconds });
  }

  /** Each so much later, rounded to the millisecond. */
  shifted(nanoseconds: bigint): Instants {
    const ms = Math.round(Number(nanoseconds) / 1e6);
    if (this.#milliseconds !== undefined)
      return new Instants({ day: this.#day, milliseconds: this.#milliseconds.map((number) => number + ms) });
    return new Instants({
      day: this.#day,
      first: this.#first + ms,
      stepMs: this.#stepMs,
      length: this.length,
    });
  }

  #number(position: number): number {
    return this.#milliseconds === undefined
      ? this.#first + position * this.#stepMs
      : (this.#milliseconds[position] ?? Number.NaN);
  }
}
