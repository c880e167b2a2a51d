import type { Readable } from "node:stream";
import { messageOf } from "@zarr-gateway/primitives";
import type { Json } from "../json-value.ts";
import { LineSplitter } from "./line-splitter.ts";

/** Messages that wait for their reader; then the pipe is left alone, and so whoever writes waits too. */
const MAX_WAITING = 256;

/** Lines of JSON from a pipe, as an iterable with a bounded backlog. */
export class MessageQueue implements AsyncIterable<Json> {
  readonly #source: Readable;
  readonly #splitter: LineSplitter;
  readonly #waiting: Json[] = [];
  #wake = Promise.withResolvers<void>();
  #hasEnded = false;
  #isClosing = false;

  /** @param onFault told once when something comes that is no message; the queue then ends */
  constructor(source: Readable, maxLength: number, onFault: (fault: string) => void) {
    this.#source = source;
    this.#splitter = new LineSplitter({ maxLength, whenLonger: "fail" });
    source.on("data", (bytes: Buffer) => {
      try {
        this.#take(this.#splitter.push(bytes));
      } catch (error) {
        if (!this.#hasEnded) onFault(`sent what is no message: ${messageOf(error)}`);
        this.end();
      }
    });
    source.on("end", () => this.end());
    source.on("error", () => this.end());
  }

  /** Takes in what is still in the pipe, whoever reads: its writer is gone, so that is little. */
  drain(): void {
    this.#isClosing = true;
    this.#source.resume();
  }

  /** No more messages after those that wait. */
  end(): void {
    this.#hasEnded = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Json> {
    for (;;) {
      while (this.#waiting.length > 0) {
        const [message = null] = this.#waiting.splice(0, 1);
        if (this.#waiting.length < MAX_WAITING / 2) this.#source.resume();
        yield message;
      }
      if (this.#hasEnded) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }

  #take(lines: readonly string[]): void {
    if (this.#hasEnded) return;
    // What JSON.parse gives is Json.
    for (const line of lines) if (line !== "") this.#waiting.push(JSON.parse(line) as Json);
    if (this.#waiting.length >= MAX_WAITING && !this.#isClosing) this.#source.pause();
    this.#wake.resolve();
  }
}
