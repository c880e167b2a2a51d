import type { FlatBuffer } from "./flatbuffer.ts";

const MAX_DEPTH = 32;
const MIN_VALUES = 1000;

/** Keeps what a few bytes unfold to small: values of FlexBuffers may share their parts, again and again. */
export class ValueBudget {
  readonly #buffer: FlatBuffer;
  #left: number;

  constructor(buffer: FlatBuffer) {
    this.#buffer = buffer;
    this.#left = Math.max(MIN_VALUES, buffer.bytes.length);
  }

  /** @throws GatewayError upstream when there are more values than the bytes can hold, or they are nested too deeply */
  spend(values: number, depth: number): void {
    this.#left -= values;
    if (this.#left < 0 || depth > MAX_DEPTH) throw this.#buffer.damaged("a value in it unfolds without end");
  }
}
