const MAX_JOBS = 10_000;

/**
 * Jobs whose results were removed here, also those of which no record is left: who still has a dataset of one open would read
 * "not found" as fill values.
 */
export class GoneJobs {
  /** Removed longest ago first. */
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    const [oldest] = this.#ids.size > MAX_JOBS ? this.#ids : [];
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
