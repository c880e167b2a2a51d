/** Elements of eight bytes are the longest. */
const ALIGNMENT = 8;

/** How a body is to be gathered, decided when the head of the answer is there. */
export interface BodyPlan {
  readonly maxBytes: number;
  /** This byte of the body shall lie on a multiple of eight, so that numbers behind it can be looked at where they are. */
  readonly alignedAt: number;
  /** Bytes that the head announces. */
  readonly length: number | undefined;
}

/** A body as it comes, in one buffer: copied once where its length was announced, twice where it was not. */
export class AnswerBody {
  readonly #plan: BodyPlan;
  readonly #before: number;
  #whole: Buffer | undefined;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(plan: BodyPlan) {
    this.#plan = plan;
    this.#before = (ALIGNMENT - (plan.alignedAt % ALIGNMENT)) % ALIGNMENT;
    if (plan.length !== undefined && plan.length <= plan.maxBytes) this.#whole = this.#allocate(plan.length);
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false where the body is longer than it may be, or than it said; the piece is dropped then */
  add(piece: Uint8Array): boolean {
    const { maxBytes, length = maxBytes } = this.#plan;
    if (this.#length + piece.length > Math.min(maxBytes, length)) return false;
    if (this.#whole) this.#whole.set(piece, this.#before + this.#length);
    else this.#pieces.push(piece);
    this.#length += piece.length;
    return true;
  }

  /** What has come. */
  bytes(): Uint8Array {
    const whole = this.#whole ?? this.#joined();
    return whole.subarray(this.#before, this.#before + this.#length);
  }

  #joined(): Buffer {
    const whole = this.#allocate(this.#length);
    let offset = this.#before;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    this.#pieces = [];
    return whole;
  }

  /** Of its own memory, which begins on a multiple of eight: a piece of a shared pool does not. */
  #allocate(length: number): Buffer {
    return Buffer.allocUnsafeSlow(this.#before + length);
  }
}
