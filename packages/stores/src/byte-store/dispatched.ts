import type { Dispatcher } from "undici";
import { joined, textHeaders } from "./object-answer.ts";
import type { ObjectAnswer } from "./object-requests.ts";

export interface DispatchedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A body of up to so many bytes is read to its end when nobody wants it, so that the connection can be used again. */
const DISCARDED_BYTES = 128 * 1024;
/** A body that is announced to be longer is not made room for before it comes. */
const MAX_ROOM_BYTES = 64 * 1024 ** 2;

/**
 * Sends a request and answers as soon as the head is there. The body is gathered as it comes, without a stream: that
 * took half of the time of a small object.
 */
export function dispatched(dispatcher: Dispatcher, request: DispatchedRequest): Promise<ObjectAnswer> {
  const { signal, ...call } = request;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    dispatcher.dispatch(call, new Gathering({ resolve, reject, signal }));
  });
}

interface Waiting {
  readonly resolve: (answer: ObjectAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** How a body ended. */
type End = { readonly error: unknown } | "whole" | "too long";

class Gathering implements Dispatcher.DispatchHandler {
  readonly #head: Waiting;
  readonly #onAbort: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #pieces: Uint8Array[] = [];
  /** NaN where the head does not say how long the body is. */
  #announced = Number.NaN;
  /** As long as was announced: pieces are copied as they come, while they are at hand, and live no longer. */
  #room: Uint8Array | undefined;
  #length = 0;
  #maxBytes = Number.POSITIVE_INFINITY;
  #isWanted = true;
  /** Set when the last byte has come, or will not. */
  #end: End | undefined;
  #onEnd: (() => void) | undefined;

  constructor(head: Waiting) {
    this.#head = head;
    const { signal } = head;
    if (signal === undefined) return;
    this.#onAbort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#end !== undefined) controller.abort(new Error("nobody waits for it"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return; // the answer is still to come
    const texts = textHeaders(headers);
    this.#announced = Number(texts["content-length"]);
    this.#head.resolve({
      status,
      headers: texts,
      gather: (maxBytes) => this.#gather(maxBytes),
      discard: async () => this.#discard(),
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    const start = this.#length;
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) this.#stop("too long");
    else if (this.#room) this.#room.set(piece, start);
    else if (this.#isWanted) this.#pieces.push(piece);
  }

  onResponseEnd(): void {
    this.#finish("whole");
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.#fail(error);
  }

  async #gather(maxBytes: number): Promise<Uint8Array | undefined> {
    this.#maxBytes = maxBytes;
    if (this.#length > maxBytes) this.#stop("too long");
    if (this.#end === undefined) {
      this.#makeRoom();
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
    const bytes = this.#take();
    if (typeof this.#end === "object") throw this.#end.error;
    return this.#end === "whole" && this.#length <= maxBytes ? bytes : undefined;
  }

  /** For as much as was announced, if that is allowed: it is what comes, or the parser refuses it. */
  #makeRoom(): void {
    const announced = this.#announced;
    if (!(announced > this.#length && announced <= Math.min(this.#maxBytes, MAX_ROOM_BYTES))) return;
    this.#room = Buffer.allocUnsafeSlow(announced);
    let offset = 0;
    for (const piece of this.#pieces) {
      this.#room.set(piece, offset);
      offset += piece.length;
    }
    this.#pieces = [];
  }

  #take(): Uint8Array {
    const [room, pieces] = [this.#room, this.#pieces];
    this.#room = undefined;
    this.#pieces = [];
    if (room === undefined) return joined(pieces, this.#length);
    return room.length === this.#length ? room : room.slice(0, this.#length);
  }

  #discard(): void {
    this.#isWanted = false;
    this.#pieces = [];
    this.#maxBytes = DISCARDED_BYTES;
    if (this.#length > DISCARDED_BYTES) this.#stop("too long");
  }

  #fail(error: unknown): void {
    this.#head.reject(error); // without effect once the head is there
    this.#stop({ error });
  }

  #stop(end: End): void {
    if (this.#end !== undefined) return;
    this.#finish(end);
    this.#controller?.abort(new Error("nobody waits for the rest"));
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (this.#onAbort) this.#head.signal?.removeEventListener("abort", this.#onAbort);
    this.#onEnd?.();
  }
}
