import { GatewayError } from "@zarr-gateway/primitives";

/** Streams of one process that wait for something to happen. */
export class OpenStreams {
  readonly #max: number;
  #open = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get open(): number {
    return this.#open;
  }

  /** @throws GatewayError overloaded where too many are open */
  assertRoom(): void {
    if (this.#open < this.#max) return;
    throw new GatewayError("overloaded", `${this.#max} streams are open already, try again later`, {
      retryAfterSeconds: 30,
    });
  }

  /** Open from its first piece on. */
  async *counted<Part>(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
    this.#open += 1;
    try {
      yield* parts;
    } finally {
      this.#open -= 1;
    }
  }
}
