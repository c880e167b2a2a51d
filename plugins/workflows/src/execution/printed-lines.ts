/** stdout and stderr. */
const STREAMS = 2;
/** Somebody else may hold the stream, so that the last line never comes. */
const PATIENCE_MS = 2000;

/** What a run prints, until its two last lines: they come over other pipes than its result. */
export class PrintedLines {
  readonly #mark: string;
  readonly #tell: (line: string) => void;
  readonly #end = Promise.withResolvers<void>();
  #seen = 0;

  constructor(mark: string, tell: (line: string) => void) {
    this.#mark = mark;
    this.#tell = tell;
  }

  take(line: string): void {
    if (!line.endsWith(this.#mark)) {
      this.#tell(line);
      return;
    }
    // behind a line that was not ended
    if (line.length > this.#mark.length) this.#tell(line.slice(0, -this.#mark.length));
    this.#seen += 1;
    if (this.#seen === STREAMS) this.#end.resolve();
  }

  async allRead(): Promise<void> {
    const timer = setTimeout(() => this.#end.resolve(), PATIENCE_MS);
    await this.#end.promise;
    clearTimeout(timer);
  }
}
