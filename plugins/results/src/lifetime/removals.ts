/** Who holds something made of results is told before they go. */
export class Removals {
  readonly #told: ((job: string) => void)[] = [];

  onRemoval(tell: (job: string) => void): void {
    this.#told.push(tell);
  }

  tell(job: string): void {
    for (const tell of this.#told) tell(job);
  }
}
