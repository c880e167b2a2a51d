/** Steps that were claimed ahead wait about this long for a place at most. */
const AHEAD_MS = 20;
const MAX_AHEAD = 64;
/** Weight of the latest step among those before it. */
const WEIGHT = 0.1;

/**
 * How long steps hold their places here, and so how many to claim before there is a place: where they end within moments the
 * way to the store would take longer than the steps themselves.
 */
export class Pace {
  #averageMs = Number.POSITIVE_INFINITY;

  /** A step has held its place for so long. */
  note(ms: number): void {
    this.#averageMs = Number.isFinite(this.#averageMs)
      ? this.#averageMs + WEIGHT * (ms - this.#averageMs)
      : ms;
  }

  /** Forgets how fast steps were: until others have ended nothing is claimed ahead. */
  forget(): void {
    this.#averageMs = Number.POSITIVE_INFINITY;
  }

  /** Steps that so many places get through within the time. */
  ahead(places: number): number {
    return Math.min(MAX_AHEAD, Math.floor((AHEAD_MS / Math.max(1, this.#averageMs)) * places));
  }
}
