/** Weight of the newest of the times that are smoothed. */
const NEWEST = 0.3;

/** How long one call of each network takes, smoothed; nothing is known before the first one. */
export class StepTimes {
  readonly #ms = new Map<string, number>();
  /** Of a step, the others of its batch taking their part. */
  #each: number | undefined;

  /** @param runs that the call carried */
  add(network: string, ms: number, runs: number): void {
    this.#ms.set(network, smoothed(this.#ms.get(network), ms));
    this.#each = smoothed(this.#each, ms / runs);
  }

  get each(): number | undefined {
    return this.#each;
  }

  /** Of a network that has not been timed: the mean of those that have. */
  of(network: string): number | undefined {
    return this.#ms.get(network) ?? this.mean;
  }

  get mean(): number | undefined {
    if (this.#ms.size === 0) return undefined;
    let sum = 0;
    for (const ms of this.#ms.values()) sum += ms;
    return sum / this.#ms.size;
  }
}

function smoothed(known: number | undefined, ms: number): number {
  return known === undefined ? ms : known + NEWEST * (ms - known);
}
