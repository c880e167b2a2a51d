import { Client, type Dispatcher } from "undici";
import { AnswerBody, type BodyPlan } from "./answer-body.ts";

export interface OipCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent one after the other. */
  readonly pieces?: readonly Uint8Array[];
  readonly maxBytes: (headers: AnswerHeaders) => number;
  readonly signal: AbortSignal;
}

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface OipAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

/** The server broke off, or was not there at all. */
export class BrokenOff extends Error {
  override readonly name = "BrokenOff";
  /** Nothing of the request can have been worked on, so that it may be sent again. */
  readonly isUnsent: boolean;

  constructor(message: string, isUnsent: boolean, cause: unknown) {
    super(message, { cause });
    this.isUnsent = isUnsent;
  }
}

/** Codes of failures before a connection stood. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** Of an answer that refuses something: enough for its reason. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** A connection that is kept for the next request. Silence is bounded by the signals of the calls. */
export function oipConnection(origin: string): Client {
  return new Client(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 10_000 });
}

/**
 * One request and its whole answer.
 * @throws BrokenOff; the signal's reason where it was aborted
 */
export function send(agent: Dispatcher, origin: string, call: OipCall): Promise<OipAnswer> {
  const { method, path, headers, pieces, signal } = call;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = { origin, method, path, headers: { ...headers, "accept-encoding": "identity" } };
    // undici takes what can be iterated, which its types do not say
    const body = pieces && { body: pieces as unknown as Uint8Array };
    agent.dispatch({ ...request, ...body }, new Gathering(call, { resolve, reject }));
  });
}

interface Waiting {
  readonly resolve: (answer: OipAnswer) => void;
  readonly reject: (error: unknown) => void;
}

class Gathering implements Dispatcher.DispatchHandler {
  readonly #call: OipCall;
  readonly #waiting: Waiting;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: { readonly status: number; readonly headers: AnswerHeaders } | undefined;
  #body: AnswerBody | undefined;
  #isDone = false;

  constructor(call: OipCall, waiting: Waiting) {
    this.#call = call;
    this.#waiting = waiting;
    this.#onAbort = () => this.#fail(call.signal.reason);
    call.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isDone) controller.abort(new Error("nobody waits for it"));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200) return; // the answer is still to come
    this.#head = { status, headers };
    const plan = bodyPlan(this.#call, this.#head);
    if (plan.length !== undefined && plan.length > plan.maxBytes) this.#failTooLong(plan.maxBytes);
    else this.#body = new AnswerBody(plan);
  }

  onResponseData(_: Dispatcher.DispatchController, piece: Uint8Array): void {
    if (this.#isDone || this.#body?.add(piece)) return;
    this.#failTooLong(this.#body?.length ?? 0);
  }

  onResponseEnd(): void {
    if (this.#isDone || !this.#head || !this.#body) return;
    this.#finish();
    this.#waiting.resolve({ ...this.#head, body: this.#body.bytes() });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const code = codeOf(error);
    const isUnsent = this.#head === undefined && (UNSENT.has(code) || wasIdle(error));
    this.#fail(new BrokenOff(code === "" ? error.message : `${error.message} (${code})`, isUnsent, error));
  }

  #failTooLong(bytes: number): void {
    this.#fail(new BrokenOff(`the answer is longer than ${bytes} bytes`, false, undefined));
  }

  #fail(error: unknown): void {
    if (this.#isDone) return;
    this.#finish();
    this.#waiting.reject(error);
    this.#controller?.abort(new Error("nobody waits for it"));
  }

  #finish(): void {
    this.#isDone = true;
    this.#call.signal.removeEventListener("abort", this.#onAbort);
  }
}

function bodyPlan(
  call: OipCall,
  { status, headers }: { readonly status: number; readonly headers: AnswerHeaders },
): BodyPlan {
  return {
    maxBytes: status === 200 ? call.maxBytes(headers) : MAX_REFUSAL_BYTES,
    alignedAt: lengthHeader(headers, "inference-header-content-length") ?? 0,
    length: lengthHeader(headers, "content-length"),
  };
}

/** undefined where there is none, or no number of bytes. */
export function lengthHeader(headers: AnswerHeaders, name: string): number | undefined {
  const text = headers[name];
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/**
 * A connection that had brought answers before, and ended without a byte of this one: the server closed it for having been
 * idle just when it was used again.
 */
function wasIdle(error: Error): boolean {
  if (!("socket" in error) || typeof error.socket !== "object" || error.socket === null) return false;
  return "bytesRead" in error.socket && Number(error.socket.bytesRead) > 0;
}
