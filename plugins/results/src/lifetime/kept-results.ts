/** Results of one job that lie on the disk. */
export interface Kept {
  readonly job: string;
  readonly bytes: number;
  /** undefined: it goes on, and may not be touched. */
  readonly endedAt: number | undefined;
  /** Until then the record need not be read again: milliseconds since 1970. */
  readonly settledUntil: number;
  /** Until then its files need not be measured again, by `performance.now()`. */
  readonly measuredUntil: number;
}

/** What is known of the results of all jobs, and their sum at any moment. */
export class KeptResults {
  readonly #results = new Map<string, { result: Kept; round: number }>();
  #round = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Whoever is not seen after this is forgotten by `forgetUnseen`. */
  beginRound(): void {
    this.#round += 1;
  }

  /** What is known of results that are there. */
  seen(job: string): Kept | undefined {
    const known = this.#results.get(job);
    if (known !== undefined) known.round = this.#round;
    return known?.result;
  }

  put(result: Kept): void {
    this.forget(result.job);
    this.#results.set(result.job, { result, round: this.#round });
    this.#bytes += result.bytes;
  }

  forget(job: string): void {
    this.#bytes -= this.#results.get(job)?.result.bytes ?? 0;
    this.#results.delete(job);
  }

  forgetUnseen(): void {
    for (const [job, { round }] of this.#results) if (round !== this.#round) this.forget(job);
  }

  /** What takes room and may go, by the time of its end. */
  endedFirst(): readonly Kept[] {
    const ended = [...this.#results.values()]
      .map(({ result }) => result)
      .filter(({ endedAt, bytes }) => endedAt !== undefined && bytes > 0);
    return ended.sort((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0));
  }
}
